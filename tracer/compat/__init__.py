"""The rest of MLflow's surface: nothing of the recorder imports it."""
