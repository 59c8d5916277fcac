"""The open trace: its spans as a tree with bars, and the details of one span."""
