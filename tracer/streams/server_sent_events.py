"""Server-sent events out of the bytes of a response: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

_MOST_BYTES = 16_777_216
"""Of one event; what is longer is no chunk of an answer and is left out."""


class EventDecoder:
    """Takes bytes as they come, and returns the data of the events that are complete."""

    __slots__ = ("_data", "_rest", "_size")

    def __init__(self) -> None:
        self._rest = b""
        """The line that has begun."""
        self._data: list[bytes] = []
        """The lines of data of the event that has begun."""
        self._size = 0

    def feed(self, received: bytes) -> list[bytes]:
        """The data of each event that ends in `received`; an event without data is none."""
        lines = (self._rest + received).splitlines(keepends=True)
        self._rest = b""
        if lines and not lines[-1].endswith(b"\n"):  # a `\r` at the end may be half of a line's end
            self._rest = lines.pop()
            if len(self._rest) > _MOST_BYTES:
                self._rest = b""
        complete = []
        for line in lines:
            text = line.rstrip(b"\r\n")
            if not text:
                if self._data:
                    complete.append(b"\n".join(self._data))
                self._data, self._size = [], 0
            elif text.startswith(b"data:") and self._size <= _MOST_BYTES:
                data = text[5:].removeprefix(b" ")
                self._size += len(data)
                self._data.append(data)
        return complete

    def close(self) -> list[bytes]:
        """The data of an event whose empty line is missing at the end of the body."""
        return self.feed(b"\n\n")
