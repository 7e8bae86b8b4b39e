"""The sender's part: documented deliveries, fired at a real receiver."""
