"""What makes some traces slower, dearer or wronger than others: a sum that adds up, and what they have in common."""
