"""The one exception of the filter language."""

from __future__ import annotations


class FilterError(ValueError):
    """A filter that cannot be understood: what is wrong, where, and what would have been right there."""

    def __init__(self, message: str, column: int, expected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        """Where in the text, counted from 0; the length of the text when its end came too early."""
        self.expected = expected
        """Things that can stand there, as a person would type them."""

    def __str__(self) -> str:
        """The message, the column as people count it, and what was expected."""
        expected = f"; expected {', '.join(self.expected)}" if self.expected else ""
        return f"{self.message} (column {self.column + 1}){expected}"
