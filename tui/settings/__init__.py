"""The explorer's settings file, its keymap, and what it remembers of a project."""
