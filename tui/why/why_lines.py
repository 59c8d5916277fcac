"""An explanation as lines of a page. A line that stands for a filter has it as its part."""

from __future__ import annotations

from collections.abc import Iterator

from ...store.explain.explanation import Explanation
from ...store.explain.wording import failure_text, finding_text, headline, ledger_texts, percent, set_line
from ...store.text.safe_text import safe_line
from ..document.lines import HEADING, Line
from ..layout.cells import fit

_AMOUNT_CELLS = 10
_MOST_WHAT_CELLS = 64
_ID_DIGITS = 12


def why_lines(found: Explanation, *, now_ns: int, utc: bool) -> Iterator[Line]:
    """Yield the lines of what is known so far."""
    yield Line("", lead=headline(found), lead_style=HEADING)
    for side in (0, 1):
        yield Line(safe_line(set_line(found, side, now_ns=now_ns, utc=utc)), "dim")
    for warning in found.warnings:
        yield Line(f"Careful: {warning}", "warning")
    if found.ledger is not None and all(found.counted):
        yield from _ledger(found)
    if found.failures and found.ledger is None:
        yield from _failures(found)
    if found.findings is None:
        yield Line("")
        yield Line(f"looking for what they have in common … {100 * found.progress:.0f} %", "faint")
    else:
        yield from _common(found)


def _ledger(found: Explanation) -> Iterator[Line]:
    yield Line("")
    yield Line("", lead="What the difference is made of", lead_style=HEADING)
    texts = list(ledger_texts(found))
    what_cells = min(_MOST_WHAT_CELLS, max((len(text.what) for text in texts), default=0))
    for text in texts:
        style = "added" if text.amount.startswith("-") else "removed"
        what = fit(safe_line(text.what), what_cells)
        amount = fit(text.amount, _AMOUNT_CELLS, right=True)
        yield Line(f"{what}  {text.why}", lead=f"{amount}  ", lead_style=style, hang=_AMOUNT_CELLS + what_cells + 4)


def _failures(found: Explanation) -> Iterator[Line]:
    yield Line("")
    yield Line("", lead="How they failed first", lead_style=HEADING)
    for one in found.failures:
        share = fit(percent(one.traces / found.failed[0]), 7, right=True)
        yield Line(safe_line(failure_text(one)), lead=f"{share}  ", lead_style="error", hang=9)
        yield from _examples(found, one.examples)


def _common(found: Explanation) -> Iterator[Line]:
    yield Line("")
    if not found.findings:
        yield Line("Nothing stands out in what they have in common.")
        return
    yield Line("", lead="What they have in common", lead_style=HEADING)
    for one, text in zip(found.findings, found.filters, strict=True):
        yield Line(safe_line(one.property.condition), "strong", 2, part=text)
        yield Line(finding_text(one), indent=6, part=text)
        yield from _examples(found, one.examples)
    yield Line("Nothing else stands out.", "faint")


def _examples(found: Explanation, numbers: tuple[int, ...]) -> Iterator[Line]:
    for number in numbers:
        trace_id = found.trace_ids[number].hex()
        yield Line(f"for example {trace_id[:_ID_DIGITS]}", "faint", 6, part=f"trace_id = {trace_id}")
