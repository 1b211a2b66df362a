"""
The dense index: an encoder, an append-only log of its vectors, exact search over them, and the Haystack retriever.

It is derived from the document store and may be thrown away and made again.
"""
