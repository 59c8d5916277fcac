"""Documents of other tools as spans, and which format a file has. What OpenTelemetry has is in `exchange`."""
