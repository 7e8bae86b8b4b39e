"""What is on the wire: messages, headers, and readers of content."""
