"""The words behind `is:`."""

# ruff: noqa: S608 - made of names from the tables here
from __future__ import annotations

from dataclasses import dataclass

from ..tree.errors import FilterError
from ..tree.nodes import Flag
from .relatives import CHILD, PARENT

KINDS = {
    "llm": ("LLM", "CHAT_MODEL"),
    "tool": ("TOOL",),
    "agent": ("AGENT",),
    "chain": ("CHAIN",),
    "retriever": ("RETRIEVER",),
    "embedding": ("EMBEDDING",),
    "reranker": ("RERANKER",),
    "guardrail": ("GUARDRAIL",),
}
"""Flags that name a kind of span."""

SLOW_DURATION_NS = 5_000_000_000
"""`is:slow`: a span of 5 s or more ..."""
SLOW_TTFT_MS = 2_000
"""... or with 2 s or more to its first token: what people in front of a chat call slow."""

_STARRED = """EXISTS (SELECT 1 FROM trace k WHERE k.id = {trace} AND instr(k.tags, '"starred"')
    AND json_valid(k.tags) AND json_extract(k.tags, '$.starred') = 'true')"""
_THUMB = """EXISTS (SELECT 1 FROM assessment o WHERE o.trace = {trace} AND o.kind = 'feedback' AND o.name = 'feedback'
    AND o.valid AND o.value = {value} AND o.type = 'bool')"""
"""What people have said of the trace; see `store.write.opinions` for the names."""

_GONE = "{s}.process IN (SELECT value FROM json_each(:gone))"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a flag stands for."""

    sql: str
    about: str
    implied: str = ""
    """What then holds for the trace, from its own row: the way to find such traces fast."""
    cost: int = 1


def _said(sql: str, about: str) -> Meaning:
    return Meaning(sql.replace("{trace}", "{s}.trace"), about, sql.replace("{trace}", "t.id"), cost=10)


MEANINGS: dict[str, Meaning] = {
    "running": Meaning(f"({{s}}.end_ns IS NULL AND NOT {_GONE})", "open, in a living process", "t.open_count > 0"),
    "done": Meaning("{s}.end_ns IS NOT NULL", "ended"),
    "error": Meaning("{s}.status = 'ERROR'", "failed", "t.error_count > 0"),
    "ok": Meaning("{s}.status IN ('OK', 'UNSET')", "ended well"),
    "cancelled": Meaning("{s}.status = 'CANCELLED'", "cancelled or interrupted"),
    "lost": Meaning(f"({{s}}.end_ns IS NULL AND {_GONE})", "open, but its process is gone", "t.open_count > 0"),
    "root": Meaning("{s}.parent_id IS NULL", "has no parent"),
    "leaf": Meaning(f"NOT EXISTS (SELECT 1 FROM {CHILD})", "has no children", cost=20),
    "orphan": Meaning(
        f"({{s}}.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {PARENT}))", "parent not recorded", cost=20
    ),
    "stream": Meaning("({s}.chunk_count IS NOT NULL OR {s}.ttft_ms IS NOT NULL)", "a streamed response"),
    "slow": Meaning(
        f"(coalesce({{s}}.end_ns, :now) - {{s}}.start_ns >= {SLOW_DURATION_NS} OR {{s}}.ttft_ms >= {SLOW_TTFT_MS})",
        "5 s or longer, or 2 s or more to the first token",
    ),
    "starred": _said(_STARRED, "of a trace with a star"),
    "liked": _said(_THUMB.replace("{value}", "1"), "of a trace with a thumb up, on itself or a span"),
    "disliked": _said(_THUMB.replace("{value}", "0"), "of a trace with a thumb down, on itself or a span"),
} | {
    name: Meaning(
        "(" + " OR ".join(f"{{s}}.kind = '{kind}' COLLATE NOCASE" for kind in kinds) + ")", " or ".join(kinds)
    )
    for name, kinds in KINDS.items()
}
"""Each flag that can be asked."""

_OTHER_NAMES = {"open": "running", "failed": "error", "streaming": "stream", "canceled": "cancelled"}


def meaning(flag: Flag) -> Meaning:
    """What a flag stands for. Raises FilterError for one that is not known."""
    name = _OTHER_NAMES.get(flag.name, flag.name)
    if name not in MEANINGS:
        raise FilterError(f"there is no flag is:{flag.name}", flag.column, tuple(f"is:{known}" for known in MEANINGS))
    return MEANINGS[name]
