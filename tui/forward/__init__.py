"""`tracetui forward`: finished traces on their way to another OpenTelemetry backend."""
