"""What was received: calls kept in order, and waiting for those to come."""
