"""Sessions of coding agents, read from the transcripts that they keep: turns, model calls, tools, subagents."""
