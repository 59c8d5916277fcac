"""The trace file: where it is, what it holds, how it is written and read.

Nothing is imported here on purpose: importing `tracetui.store.file.paths` in a traced
server must cost nothing but itself.
"""
