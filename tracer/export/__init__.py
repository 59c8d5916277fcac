"""From the spans of the host to what may be written: processors, attachments, redaction, limits."""
