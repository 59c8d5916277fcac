"""The state of the explorer as plain objects: nothing here imports Textual."""
