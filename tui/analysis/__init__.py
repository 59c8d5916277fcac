"""The commands that answer questions: one trace, two traces, sets of traces. A module each; none imports Textual."""
