"""What a program calls to record: `trace`, `start_span`, `configure`, middleware, executors, tags."""
