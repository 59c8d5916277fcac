"""Text in and out: JSON, terminal-safe text, numbers as people read them."""
