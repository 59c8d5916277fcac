"""The folder that `tracetui run` puts on PYTHONPATH, for the `sitecustomize` in it."""
