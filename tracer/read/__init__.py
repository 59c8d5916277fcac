"""Traces read back from the file, for programs that ask for them."""
