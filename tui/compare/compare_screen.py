"""Two traces or spans side by side: the aligned trees, and what differs in the pair under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen

from ...store.compare.comparison import Comparison, compare_traces
from ...store.compare.in_words import where_they_part
from ...store.file.errors import OPEN_ERRORS, explain
from ...store.model.rows import TraceRow
from ...store.read.reader import Reader
from ...store.text import format
from ...store.text.safe_text import safe_line
from .. import actions
from ..document.lines import Line
from ..layout.cells import fit
from ..reading.lines_pane import LinesPane
from ..state.mark import Mark
from ..widgets.key_line import KeyLine
from ..widgets.pane_header import PaneHeader, TitleHeader
from ..widgets.row_list import RowList
from .pair_document import pair_lines
from .pair_list import PairHeader, PairList


class Sides(PaneHeader):
    """A line above the trees: one of the two, a warning, or where they part."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._text, self._style = "", "plain"

    def show(self, text: str, style: str) -> None:
        """Show a text; an empty one takes no room."""
        self._text, self._style = text, style
        self.display = bool(text)
        self.refresh()

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the text."""
        return [Segment(fit(f" {self._text}", width_cells), self.line_style(self._style))]


class CompareScreen(Screen[None]):
    """Compares `first` with `second`, read from the file at `path` by worker threads."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("compare")

    @dataclass
    class Compared(Message):
        """The traces have been read."""

        comparison: Comparison
        sentences: Sequence[str]
        """Where they part."""

    @dataclass
    class PairRead(Message):
        """The payloads of a pair have been read."""

        number: int
        lines: Sequence[Line]

    @dataclass
    class Failed(Message):
        """The file could not be read."""

        reason: str

    def __init__(self, path: Path, first: Mark, second: Mark, now_ns: Callable[[], int], *, utc: bool) -> None:
        super().__init__()
        self._path = path
        self._marks = first, second
        self._now_ns = now_ns
        self._utc = utc
        self.comparison: Comparison | None = None
        self.pairs = PairList()
        self.texts = LinesPane(id="pair-texts")

    def compose(self) -> ComposeResult:
        """Yields both traces, what is said of them, the pairs, and the texts of one."""
        for name in ("side-a", "side-b", "careful", "requests", "parting"):
            yield Sides(id=name)
        yield PairHeader(id="pairs-header")
        yield self.pairs
        yield TitleHeader("What differs in this pair", id="texts-header")
        yield self.texts
        yield KeyLine("compare")

    def on_mount(self) -> None:
        """Read both traces."""
        for name in ("side-b", "careful", "requests", "parting"):
            self.query_one(f"#{name}", Sides).show("", "plain")
        self.query_one("#side-a", Sides).show("comparing …", "dim")
        self.pairs.focus()
        self.run_worker(self._compare, thread=True, group="compare")

    def _compare(self) -> None:
        first, second = self._marks
        with self._reader() as reader:
            comparison = compare_traces(
                reader, first.trace, second.trace, now_ns=self._now_ns(), spans=(first.span, second.span)
            )
            self.post_message(self.Compared(comparison, list(where_they_part(reader, comparison, ("A", "B")))))

    def _read_pair(self, comparison: Comparison, number: int) -> None:
        with self._reader() as reader:
            self.post_message(self.PairRead(number, pair_lines(reader, comparison, number)))

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        try:
            with Reader(self._path) as reader:
                yield reader
        except OPEN_ERRORS as error:
            self.post_message(self.Failed(explain(self._path, error)))
        except LookupError:
            self.post_message(self.Failed("One of the two is no longer in the file"))

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.query_one("#careful", Sides).show(message.reason, "error")

    @on(Compared)
    def _compared(self, message: Compared) -> None:
        self.comparison = comparison = message.comparison
        for name, letter, trace, mark in zip(("#side-a", "#side-b"), "AB", comparison.traces, self._marks, strict=True):
            style = "removed" if letter == "A" else "added"
            self.query_one(name, Sides).show(f"{letter}  {self._facts(trace, mark)}", style)
        warnings = "; ".join(map(safe_line, comparison.warnings))
        self.query_one("#careful", Sides).show(f"Careful: {warnings}" if warnings else "", "warning")
        *before, parting = message.sentences
        self.query_one("#requests", Sides).show(" ".join(before), "dim")
        self.query_one("#parting", Sides).show(parting, "strong")
        self.pairs.show_comparison(comparison)
        self._show_pair(self.pairs.cursor)

    def _facts(self, trace: TraceRow, mark: Mark) -> str:
        start = format.start(trace.start_ns, now_ns=self._now_ns(), utc=self._utc)
        name = safe_line(mark.name, max_chars=60)
        if mark.span is not None:
            return f"{name} in {safe_line(trace.name, max_chars=60)}  {start}"
        took = "running" if trace.end_ns is None else format.duration(trace.end_ns - trace.start_ns)
        tokens = format.token_flow(trace.input_tokens, trace.output_tokens)
        cost = format.least_cost(trace.cost_usd, trace.calls_without_price)
        return "  ".join(filter(None, (name, start, took, tokens, cost, safe_line(trace.request_preview or ""))))

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        if message.row_list is self.pairs:
            self._show_pair(message.row)

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        if message.row_list is self.pairs:
            self.texts.focus()

    def _show_pair(self, number: int) -> None:
        if (comparison := self.comparison) is not None and comparison.trees.pairs:
            self.run_worker(lambda: self._read_pair(comparison, number), thread=True, group="pair", exclusive=True)

    @on(PairRead)
    def _pair_read(self, message: PairRead) -> None:
        if message.number == self.pairs.cursor:
            self.texts.show_lines(message.lines)

    def action_next_pane(self) -> None:
        """Move the focus to the texts, or back to the trees."""
        (self.pairs if self.texts.has_focus else self.texts).focus()

    def action_close(self) -> None:
        """Return from the texts to the trees, then to the explorer."""
        if self.texts.has_focus:
            self.pairs.focus()
        else:
            self.dismiss()
