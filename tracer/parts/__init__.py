"""What a span is made of: ids, times, status, events, links."""
