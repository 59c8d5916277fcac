"""The reading side: read-only connections, queries, searches, exports."""
