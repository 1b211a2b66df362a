"""Answers that a model writes from passages, and the check of what it wrote."""
