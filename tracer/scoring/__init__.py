"""Functions of the user that score stored traces; what they return becomes assessments."""
