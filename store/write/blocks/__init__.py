"""A text is kept once: long pieces of payloads and attributes as blocks, which any number of values refer to."""
