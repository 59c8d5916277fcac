"""`tracetui why`: what makes the traces of a filter slow, dear or wrong."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ...store.explain.document import explanation_object
from ...store.explain.explanation import Explanation, NoTracesError, Question, explain
from ...store.explain.trace_parts import Measure
from ...store.explain.wording import failure_text, finding_text, headline, ledger_texts, percent, set_line
from ...store.filter import Query, parse
from ...store.read.trace_document import to_json
from ...store.text.safe_text import safe_line
from ..commands.ls import explained
from ..errors import FAILURE, USAGE, CommandError, say
from ..file_argument import opened
from ..layout.cells import cut, fit
from ..layout.terminal import BOLD, FAINT, GREEN, RED, YELLOW, painted, width_cells

_ID_DIGITS = 12
_AMOUNT_CELLS = 10
_MOST_ALSO = 4


def why(db: Path | None, filter_text: str, versus: str | None, of: str | None, *, as_json: bool, utc: bool) -> int:
    """Print the explanation; returns the exit code."""
    first = _query(filter_text)
    second = None if versus is None else _query(versus)
    if first.root is None and not first.stages:
        raise CommandError("which traces? Give a filter, for example: tracetui why 'trace.duration > 5s'", USAGE)
    question = Question(first, second, Measure(of) if of else None)
    with explained(filter_text), opened(db) as reader:
        if not reader.ready:
            say("no trace matches")
            return FAILURE
        now_ns = time.time_ns()
        page = _Page(now_ns, as_json=as_json, utc=utc)
        try:
            for found in explain(reader, question, now_ns=now_ns, gone=reader.gone_processes(now_ns), utc=utc):
                page.show(found)
        except NoTracesError as error:
            page.clear()
            say(str(error))
            return FAILURE
    return 0


def _query(filter_text: str) -> Query:
    with explained(filter_text):
        query = parse(filter_text)
    if query.by is not None:
        raise CommandError("why explains traces: give a filter without by(...)", USAGE)
    return query


class _Page:
    # Prints each part once, as soon as it is known; the last line on a terminal is the progress.
    def __init__(self, now_ns: int, *, as_json: bool, utc: bool) -> None:
        self._now_ns, self._utc, self._as_json = now_ns, utc, as_json
        self._printed: set[str] = set()
        self._shows_progress = sys.stderr.isatty()

    def show(self, found: Explanation | None) -> None:
        if found is None:
            self._progress("finding the traces")
            return
        if self._as_json:
            if found.is_done:
                self.clear()
                sys.stdout.write(to_json(explanation_object(found), indent=2) + "\n")
            return
        self._once("sets", self._sets(found))
        if found.ledger is not None or found.failures or found.is_done:
            self._once("headline", _headline(found))
            self._once("ledger", _ledger(found))
            self._once("failures", _failures(found))
        if found.is_done:
            self._once("warnings", _warnings(found))
            self._once("common", _common(found))
        else:
            self._progress(f"{100 * found.progress:.0f} %")

    def clear(self) -> None:
        if self._shows_progress:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _progress(self, text: str) -> None:
        if self._shows_progress:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def _once(self, part: str, lines: Iterator[str]) -> None:
        if part not in self._printed:
            self._printed.add(part)
            self.clear()
            for line in lines:
                print(line)
            sys.stdout.flush()

    def _sets(self, found: Explanation) -> Iterator[str]:
        for side in (0, 1):
            yield _cut(safe_line(set_line(found, side, now_ns=self._now_ns, utc=self._utc)))


def _headline(found: Explanation) -> Iterator[str]:
    yield ""
    yield painted(headline(found), BOLD, sys.stdout)


def _warnings(found: Explanation) -> Iterator[str]:
    if found.warnings:
        yield ""
    for warning in found.warnings:
        yield painted(f"Careful: {warning}.", YELLOW, sys.stdout)


def _ledger(found: Explanation) -> Iterator[str]:
    texts = list(ledger_texts(found))
    if not texts or not all(found.counted):
        return
    widest = min(64, max(len(text.what) for text in texts))
    for text in texts:
        colour = GREEN if text.amount.startswith("-") else RED
        what = fit(safe_line(text.what), widest)
        number = painted(fit(text.amount, _AMOUNT_CELLS, right=True), colour, sys.stdout)
        yield f"{number}  {what}  {text.why}".rstrip()


def _failures(found: Explanation) -> Iterator[str]:
    if not found.failures or found.ledger is not None:
        return
    yield ""
    yield "How they failed first"
    for one in found.failures:
        share = percent(one.traces / found.failed[0])
        yield _cut(f"{share:>6}  {safe_line(failure_text(one))}")
        yield painted(f"        {_examples(found, one.examples)}", FAINT, sys.stdout)


def _common(found: Explanation) -> Iterator[str]:
    yield ""
    if not found.findings:
        yield "Nothing stands out in what they have in common."
        return
    yield "What they have in common"
    for one, text in zip(found.findings, found.filters, strict=True):
        yield painted(_cut(f"  {safe_line(one.property.condition)}"), BOLD, sys.stdout)
        yield f"      {finding_text(one)}"
        if also := [same.condition for same in one.same[1:]]:
            more = f" and {len(also) - _MOST_ALSO} more" if len(also) > _MOST_ALSO else ""
            yield painted(_cut(f"      also: {safe_line(', '.join(also[:_MOST_ALSO]))}{more}"), FAINT, sys.stdout)
        yield painted(f"      {_examples(found, one.examples)}", FAINT, sys.stdout)
        yield painted(f"      tracetui ls {shlex.quote(safe_line(text))}", FAINT, sys.stdout)
    yield "Nothing else stands out."


def _examples(found: Explanation, numbers: tuple[int, ...]) -> str:
    return "e.g. " + " ".join(found.trace_ids[number].hex()[:_ID_DIGITS] for number in numbers)


def _cut(line: str) -> str:
    return cut(line, width_cells(sys.stdout)) if sys.stdout.isatty() else line
