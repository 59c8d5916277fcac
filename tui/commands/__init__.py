"""What `tracetui` does beside exploring: one module for each command, none of which imports Textual."""

NAMES = ("demo", "explore", "export", "help", "ls", "migrate", "prune", "rederive", "run", "sql")
"""The words that are commands and not files; known here so that the explorer starts without click."""
