"""Settings of the tracer, and the resource: which program is traced."""
