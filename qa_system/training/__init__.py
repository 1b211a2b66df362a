"""Training: labelled questions in, a model that `Reader` loads out."""
