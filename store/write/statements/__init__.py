"""SQL that writes: transactions, and statements that write many rows."""
