"""MLflow's functions beyond recording and reading. The recorder does not import this room."""
