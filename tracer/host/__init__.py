"""The traced program: its threads and its exceptions."""
