"""The explorer's widgets. None opens a file: rows come down, messages go up."""
