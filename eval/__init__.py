"""Evaluation: ask once (`asking`), score many times without a model (`score`), say what it means (`report`)."""
