"""What tracetui costs beside its peers: `python -m tests.bench` from the repository's root prints the tables.

Absolute times move by half on a shared machine; the ratios within one run are what counts, so every table measures
its subjects side by side, in rounds that take turns, and tells the spread. Nothing here is run by pytest but a check
that the modules load and that the generator of large files makes a valid one.
"""
