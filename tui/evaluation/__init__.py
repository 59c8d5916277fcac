"""How good answers are: opinions of people, scores by functions of the user, golden sets."""
