"""The chat messages of any recorded payload, in one form for every provider."""
