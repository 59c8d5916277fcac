"""Processes that run beside this one and end with it: servers, the receiver, the import, what follows transcripts."""
