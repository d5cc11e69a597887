"""Data sets as scenes: one image, what is in it, and what people say about it."""
