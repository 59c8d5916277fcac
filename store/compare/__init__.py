"""What two traces have in common: their trees aligned, where they part, and their messages one by one."""
