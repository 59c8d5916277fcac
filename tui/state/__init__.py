"""What the explorer knows, as plain objects: nothing here imports Textual."""
