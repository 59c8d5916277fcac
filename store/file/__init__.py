"""The trace file: its path, its layout, how it is opened, what its errors mean."""
