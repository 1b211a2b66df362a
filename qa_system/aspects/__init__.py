"""What the reviews of an item speak of, and which items they speak well of."""
