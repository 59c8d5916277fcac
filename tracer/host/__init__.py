"""The program that is traced: its threads, its exceptions."""
