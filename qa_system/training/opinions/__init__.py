"""Training the small model that knows praise from blame and finds what is spoken of."""
