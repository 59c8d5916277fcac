"""From the host's threads to the writer thread, and from there to the file."""
