"""How good answers are: scores by functions of the user, golden sets."""
