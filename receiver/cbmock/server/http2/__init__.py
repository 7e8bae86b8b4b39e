"""HTTP/2: connections, their frames and streams, read and written by h2."""
