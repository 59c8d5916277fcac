"""From the threads of the host to the writer thread, and from there to the file."""
