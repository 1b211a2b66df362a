"""`qa …`: the one place that knows every part; nothing imports it. Data go to stdout, messages to stderr."""

from qa_system.cli.app import app, main

__all__ = ["app", "main"]
