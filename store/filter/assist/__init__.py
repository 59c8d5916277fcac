"""Help for who types a filter: completion, suggestions, the filter of one group."""
