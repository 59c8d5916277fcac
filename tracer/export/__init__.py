"""From recorded spans to what is written: processors, attachments, redaction, limits."""
