"""What is typed as a value: quantities with units, times, regular expressions."""
