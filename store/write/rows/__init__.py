"""What spans and traces become: rows of spans, attributes and traces."""
