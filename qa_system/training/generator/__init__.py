"""Training a generator: it learns to write from unlabelled reviews, then to answer from retrieved passages."""
