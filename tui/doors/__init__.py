"""Doors for coding agents: the skill that tells them the commands, and the MCP server over the same commands."""
