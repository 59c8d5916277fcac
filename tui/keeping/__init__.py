"""What the explorer keeps: opinions written into the file, deletion with undo, exports."""
