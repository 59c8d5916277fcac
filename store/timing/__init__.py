"""Where the time of a trace went: self time, gaps, the critical path, retries, waits for people."""
