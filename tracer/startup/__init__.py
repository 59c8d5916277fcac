"""The folder that `tracetui run` puts on PYTHONPATH: its `sitecustomize` runs at the start of every Python process."""
