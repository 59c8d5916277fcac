"""What differs in one pair of spans: figures, messages one by one, inputs and outputs as a difference of texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...store.compare.comparison import Comparison, Conversations, compare_conversations
from ...store.compare.divergence import differences
from ...store.compare.in_words import path_of, reason
from ...store.compare.messages import Change
from ...store.compare.text_difference import SAME, SKIPPED, text_difference
from ...store.model.rows import SpanDetail, SpanRow
from ...store.read.reader import Reader
from ...store.text import format, json_text
from ...store.text.safe_text import safe_line, safe_lines
from ..document.lines import Line
from ..document.value_text import text_of
from .pair_line import pace, style_of

_STYLES = {"-": "removed", "+": "added", SAME: "dim", SKIPPED: "faint"}

MOST_CHARS = 400_000
"""The most characters of a text that are compared."""


def pair_lines(reader: Reader, comparison: Comparison, number: int) -> list[Line]:
    """Returns the lines of the pair at this place of the comparison. Reads the payloads of both spans."""
    pair = comparison.trees.pairs[number]
    one, other = comparison.spans(pair)
    lines = [Line(path_of(comparison, number), "strong")]
    if one is None or other is None:
        lines.append(Line("only in B" if one is None else "only in A", style_of(comparison, pair)))
    else:
        lines += [Line(reason(comparison, pair, found), "changed") for found in differences(pair, *comparison.sides)]
        if said := pace(one, other):
            lines.append(Line(said, "dim"))
    lines += [_figures("A", one), _figures("B", other)]
    talks = compare_conversations(reader, comparison, pair)
    if talks is not None:
        return [*lines, Line(""), *_messages(talks)]
    details = [None if span is None else reader.detail(span.id) for span in (one, other)]
    for title, texts in (("Inputs", [_inputs(d) for d in details]), ("Outputs", [_outputs(d) for d in details])):
        if texts[0] is None and texts[1] is None:
            continue
        lines += [Line(""), Line("equal" if texts[0] == texts[1] else "", "faint", 0, title + "  ", "title")]
        if texts[0] != texts[1]:
            lines += _difference(texts[0], texts[1])
    return lines


def _figures(which: str, span: SpanRow | None) -> Line:
    if span is None:
        return Line("does not have it", "faint", 0, f"{which}  ", "title")
    took = "not ended" if span.end_ns is None else format.duration(span.end_ns - span.start_ns)
    ttft = "" if span.ttft_ms is None else f"first token after {format.milliseconds(span.ttft_ms)}"
    tokens = format.token_flow(span.input_tokens, span.output_tokens)
    known = (took, ttft, tokens and f"{tokens} tokens", format.cost(span.cost_usd), safe_line(span.model or ""))
    return Line(" · ".join(filter(None, known)), "plain", 0, f"{which}  ", "title")


def _messages(talks: Conversations) -> Iterator[Line]:
    counts = {change: sum(found.change is change for found in talks.changes) for change in Change}
    note = ", ".join(f"{number} {change.value}" for change, number in counts.items() if number)
    yield Line(note, "faint", 0, "Messages  ", "title")
    same = 0
    for found in (*talks.changes, None):
        if found is not None and found.change is Change.SAME:
            same += 1
            continue
        if same:
            yield Line(f"{same} message{'s' if same > 1 else ''} as in A", "faint")
            same = 0
        if found is None:
            return
        one = None if found.first is None else talks.first[found.first]
        other = None if found.second is None else talks.second[found.second]
        role = next(safe_line(message.role) for message in (one, other) if message is not None)
        yield Line(f"  {found.change.value}", "faint", 0, role, "title")
        yield from _difference(one and one.text, other and other.text)


def _difference(first: str | None, second: str | None) -> Iterator[Line]:
    sides = [[] if text is None else safe_lines(text[:MOST_CHARS]) for text in (first, second)]
    for line in text_difference(*sides):
        yield Line(line.text, _STYLES[line.sign], 0, f"{line.sign} ", _STYLES[line.sign])
    yield from _cut(text for text in (first, second) if text is not None)


def _cut(texts: Iterable[str]) -> Iterator[Line]:
    if any(len(text) > MOST_CHARS for text in texts):
        yield Line(f"only the first {format.size(MOST_CHARS)} are compared", "faint")


def _inputs(detail: SpanDetail | None) -> str | None:
    return None if detail is None or detail.inputs is None else text_of(json_text.decode_or_text(detail.inputs))


def _outputs(detail: SpanDetail | None) -> str | None:
    return None if detail is None or detail.outputs is None else text_of(json_text.decode_or_text(detail.outputs))
