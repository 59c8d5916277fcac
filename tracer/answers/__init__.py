"""The answer of a model, and how its parts are read and joined, whoever sent them."""
