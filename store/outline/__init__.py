"""A trace as text from top to bottom: what each span was asked, said and returned, without what was said before."""
