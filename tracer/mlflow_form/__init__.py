"""MLflow's JSON: its ids, times, attribute names and spans."""
