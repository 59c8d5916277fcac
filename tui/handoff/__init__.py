"""What leaves the explorer: into a clipboard, a file, a pager, an editor."""
