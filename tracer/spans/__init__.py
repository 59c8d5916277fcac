"""A span while it runs: how it begins, what is current, where it goes when it ends."""
