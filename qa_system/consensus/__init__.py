"""Spans of many reviews -> what reviewers agree on."""
