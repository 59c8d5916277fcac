"""What is read as text: the details, one value, a whole trace; each can be folded, searched and copied."""
