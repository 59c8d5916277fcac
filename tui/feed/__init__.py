"""The thread that reads the trace file for the screen."""
