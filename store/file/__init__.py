"""The file itself: its place, its layout, how it is opened."""
