"""The explorer on the screen."""
