"""The sender's role: documented deliveries, fired at a real receiver."""
