"""Arithmetic of terminal cells: no Textual."""
