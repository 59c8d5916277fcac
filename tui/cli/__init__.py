"""The command line: the options and the help of each command. `tui/commands` does the work."""
