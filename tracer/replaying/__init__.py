"""Recorded model calls, made again: streamed, printed, and recorded as traces that are linked to the originals."""
