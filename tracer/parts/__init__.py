"""The parts of a span: ids, times, status, events, links, levels."""
