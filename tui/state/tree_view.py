"""What the tree shows of a trace: all spans but plumbing, those of the critical path, those above a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...store.conventions.span_kinds import PLUMBING
from ...store.model.forest import Forest
from ...store.model.rows import ERROR

if TYPE_CHECKING:
    from ...store.timing.trace_timing import TraceTiming


class SmallLimit(NamedTuple):
    """Spans that take less time are small: less than `ns`, or than `share` of the trace."""

    text: str
    ns: float = 0
    share: float = 0


def small_limit(text: str) -> SmallLimit | None:
    """Return the limit for `10ms`, `1.5s`, `2%`, or `10` for milliseconds; None for any other text."""
    from ...store.filter.values.literals import quantity  # after the first frame

    text = text.strip().replace(" ", "")
    if text.endswith("%"):
        try:
            share = float(text[:-1]) / 100
        except ValueError:
            return None
        return SmallLimit(text, share=share) if 0 < share < 1 else None
    number = quantity(text)
    ns = None if number is None else number.nanoseconds("ms")
    return SmallLimit(text if text[-1:].isalpha() else f"{text}ms", ns=ns) if ns is not None and ns > 0 else None


class TreeView:
    """The choices of the user, which hold for every trace that is opened after them."""

    def __init__(self) -> None:
        self.only_path = False
        """Whether only the critical path is shown."""
        self.limit: SmallLimit | None = None
        """What is hidden as too small."""
        self.shows_plumbing = False
        """Whether spans of the machinery below the program are shown."""
        self.flame = False
        """Whether spans are drawn as a flame graph."""

    def show_everything(self) -> None:
        """Hide no span."""
        self.only_path, self.limit, self.shows_plumbing = False, None, True

    def hides_plumbing_of(self, forest: Forest) -> bool:
        """Whether spans of a trace are hidden as plumbing."""
        return not self.shows_plumbing and any(span.kind == PLUMBING for span in forest.spans)

    def kept(self, forest: Forest, timing: TraceTiming) -> list[int] | None:
        """Return the positions that are shown with their ancestors; None for all.

        Roots are always kept, and small spans that failed or still run. Plumbing is kept above other spans, and where
        it failed.
        """
        hides_plumbing = self.hides_plumbing_of(forest)
        if not self.only_path and self.limit is None and not hides_plumbing:
            return None
        kept: list[int] = []
        starts_ns, ends_ns = timing.times
        least_ns = 0.0
        if self.limit is not None:
            whole_ns = max(ends_ns, default=0) - min(starts_ns, default=0)
            least_ns = max(self.limit.ns, self.limit.share * whole_ns)
        on_path = timing.path.inclusive_ns
        for index, span in enumerate(forest.spans):
            is_large = ends_ns[index] - starts_ns[index] >= least_ns or span.end_ns is None or span.status == ERROR
            is_plumbing = hides_plumbing and span.kind == PLUMBING and span.status != ERROR
            if forest.depth[index] == 0 or (is_large and not is_plumbing and (not self.only_path or on_path[index])):
                kept.append(index)
        return kept

    def in_words(self, left_out: int) -> str:
        """Return what is hidden, for the title: `critical path`, `≥ 2% · 14 hidden`; "" if all is shown. Plumbing
        counts without a word."""
        parts = ["critical path"] if self.only_path else []
        if self.limit is not None:
            parts.append(f"≥ {self.limit.text}")
        return " · ".join((*parts, f"{left_out:,} hidden") if left_out else parts)
