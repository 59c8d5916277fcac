"""The terminal side: the explorer and the command line."""
