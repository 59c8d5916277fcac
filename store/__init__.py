"""The trace file: its path, its layout, how it is written and read.

This module imports nothing: importing `tracetui.store.file.paths` in a traced server must import nothing else.
"""
