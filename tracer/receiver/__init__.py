"""The receiver of OTLP: the one part with a port, in a process of its own. What it confirms is in the file."""
