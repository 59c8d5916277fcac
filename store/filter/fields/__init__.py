"""What names mean: columns, attributes, keys, flags, aggregates."""
