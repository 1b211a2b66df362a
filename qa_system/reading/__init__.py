"""The span reader: a question and passages in, the words that answer it out."""
