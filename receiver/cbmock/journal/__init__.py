"""What was received: calls in order, and waiting for further ones."""
