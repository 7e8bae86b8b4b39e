"""HTTP: messages, headers, and readers of content."""
