"""The page that explains what is filtered."""
