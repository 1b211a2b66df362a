"""Training an encoder: labelled questions in, a folder that `Encoder` loads out."""
