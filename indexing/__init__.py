"""Jobs that bring reviews, their labels and their vectors into a store."""
