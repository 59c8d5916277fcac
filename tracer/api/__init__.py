"""What a program calls to record: `trace`, `start_span`, middleware, executors, tags."""
