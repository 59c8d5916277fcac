"""Values of the host: copied, sized, and cut."""
