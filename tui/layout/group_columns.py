"""The columns of a list of groups for a given width, and their cells; the explorer and `ls` share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from ...store.text import format
from ...store.text.safe_text import safe_line
from .columns import Column, kept_columns

if TYPE_CHECKING:
    from ...store.read.groups import Group, Groups

NOTHING = "—"
"""Shown for a group whose spans have no value."""

_KEY_CELLS = 12
_MOST_KEY_CELLS = 48
_GROUPS_MEASURED = 500
"""The widths fit this many groups; cells of later groups may be cut."""
_KEY_CHARS = 400

_FACTS = (
    Column("Spans", 6, right=True, key="spans"),
    Column("Traces", 6, right=True, key="traces"),
    Column("Errors", 6, right=True, key="errors"),
    Column("Dur p50", 7, right=True, key="duration_p50"),
    Column("Dur p95", 7, right=True, key="duration_p95"),
    Column("TTFT p50", 8, right=True, key="ttft_p50"),
    Column("TTFT p95", 8, right=True, key="ttft_p95"),
    Column("Tokens", 11, right=True, key="tokens"),
    Column("Cost", 8, right=True, key="cost"),
    Column("Newest", 12, key="newest"),
)
_FIRST_KEPT = (
    *("duration_p95", "errors", "ttft_p95", "cost", "traces", "tokens", "duration_p50", "ttft_p50", "newest"),
)
"""The last of these is dropped first when the terminal is narrow."""

_LACKING = {"sum": "≥", "max": "≥", "min": "≤"}
"""Precedes an aggregate of costs that lacks calls without a price; `~` precedes other functions."""


def group_columns(groups: Groups, width_cells: int) -> list[Column]:
    """Returns the columns that fit into `width_cells`; the fields of the groups come first."""
    keys = [_key_column(groups, place, title) for place, title in enumerate(groups.fields)]
    if not keys:
        keys = [Column("", 3, key="all")]
    others = [
        Column(one.title, max(9, len(one.title)), right=True, key=f"other {place}")
        for place, one in enumerate(groups.shown)
    ]
    count, rest = ("traces", "spans") if groups.of_traces else ("spans", "traces")
    narrow = [column._replace(width_cells=min(column.width_cells, _KEY_CELLS)) for column in keys]
    first_kept = [*(column.key for column in narrow), count, *(column.key for column in others)]
    first_kept += [rest if key == "traces" else key for key in _FIRST_KEPT]
    by_key = {column.key: column for column in _FACTS}
    facts = [by_key[count], by_key[rest], *_FACTS[2:]]
    shown, spare = kept_columns([*narrow, *facts[:3], *others, *facts[3:]], first_kept, width_cells)
    widths = {column.key: column.width_cells for column in keys}
    fitted = []
    for column in shown:
        grown = min(spare, widths.get(column.key, column.width_cells) - column.width_cells)
        spare -= grown
        fitted.append(column._replace(width_cells=column.width_cells + grown))
    return fitted


def group_cell(groups: Groups, group: Group, column: Column, *, now_ns: int, utc: bool) -> str:
    """Returns the text of a cell."""
    kind, _, place = column.key.partition(" ")
    match kind:
        case "key":
            return key_text(group.key[int(place)])
        case "all":
            return "all"
        case "other":
            one, number = groups.shown[int(place)], group.others[int(place)]
            lacking = _LACKING.get(one.answer.function, "~") if one.unit == "usd" and group.calls_without_price else ""
            return lacking + _number(number, one.unit, now_ns=now_ns, utc=utc) if number is not None else ""
        case "spans" | "traces" | "errors":
            return format.tokens(getattr(group, kind))
        case "duration_p50" | "duration_p95":
            return _number(getattr(group, f"{kind}_ns"), "ns", now_ns=now_ns, utc=utc)
        case "ttft_p50" | "ttft_p95":
            return format.milliseconds(getattr(group, f"{kind}_ms"))
        case "tokens":
            return format.token_flow(group.input_tokens, group.output_tokens)
        case "cost":
            return format.least_cost(group.cost_usd, group.calls_without_price)
        case _:
            return format.start(group.newest_ns, now_ns=now_ns, utc=utc)


def key_text(value: str | int | float | None) -> str:
    """Returns a field's value of a group, sanitised."""
    if value is None:
        return NOTHING
    return safe_line(value, max_chars=_KEY_CHARS) if isinstance(value, str) else f"{value:.15g}"


def _key_column(groups: Groups, place: int, title: str) -> Column:
    texts = [safe_line(title), *(key_text(group.key[place]) for group in groups.groups[:_GROUPS_MEASURED])]
    width = min(_MOST_KEY_CELLS, max(map(cell_len, texts)))
    return Column(texts[0], width, key=f"key {place}")


def _number(number: float | None, unit: str, *, now_ns: int, utc: bool) -> str:
    if number is None:
        return ""
    match unit:
        case "ns":
            return format.duration(round(number))
        case "ms":
            return format.milliseconds(number)
        case "usd":
            return format.cost(number)
        case "time":
            return format.start(round(number), now_ns=now_ns, utc=utc)
        case _:
            return format.tokens(round(number)) if number >= 1000 else f"{number:.4g}"
