"""`tracetui sync delta`: ended spans on their way to a Delta Lake table."""
