"""What a text says of what, and whether that is praise or blame: one small model."""
