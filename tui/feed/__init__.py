"""The thread that reads the file beside the screen."""
