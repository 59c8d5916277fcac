"""What many traces have in common: the values of a field, sessions, an overview."""
