"""A plain Python reading of the filter's rules: random spans, and random filters with what each stands for."""

from __future__ import annotations

import json
import operator
import random
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

NOW_NS = 1_800_000_000_000_000_000
WORDS = [
    "plan",
    "act",
    "Plan_7",
    "100%",
    "a_b",
    "a*b",
    "naïve",
    "Größe",
    'say "hi"',
    "it's",
    "tab\tbed",
    "",
    "[x]",
    "\\d",
]
COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
MODELS = ["gpt-4o", "gpt-4o-mini", "claude-3", "GPT-4o", None]
NUMBERS = [0, 1, 5, 5.5, -1, 612, 1e18, None]
STATUSES = ["OK", "ERROR", "CANCELLED", None]


def _random_value(rng: random.Random) -> Any:
    plain = [*WORDS, 0, 1, 5, 5.5, -1, 612, "612", "5.0", "abc", "true", True, False, "0"]
    return rng.choice([*plain, [], ["plan", 5], ["a", True, None], [612, "act"], {"k": 5}, None])


def _random_traces(rng: random.Random) -> list[dict[str, Any]]:
    traces = []
    for _ in range(70):
        spans = []
        for _ in range(rng.randint(1, 4)):
            status = rng.choice(STATUSES)
            spans.append(
                {
                    "name": rng.choice(WORDS) or "x",
                    "kind": rng.choice(["LLM", "TOOL", "AGENT", "my kind"]),
                    "status": status,
                    "duration_ms": None if status is None else rng.choice([0, 1, 250, 500, 2_000.5]),
                    "status_message": rng.choice([None, *WORDS]),
                    "model": rng.choice(MODELS),
                    "ttft_ms": rng.choice([None, 100.0, 500, 500.5, 900]),
                    "input_tokens": rng.choice([*NUMBERS[:3], None]),
                    "output_tokens": rng.choice([4_000, 4_001, None]),
                    "cost_usd": rng.choice([None, 0.05, 0.051]),
                    "attributes": {key: _random_value(rng) for key in ("n", "s", "weird key") if rng.random() < 0.6},
                    "inputs": rng.choice([None, "plan", {"q": _random_value(rng), "n": [1, "act"]}, ["plan", 5]]),
                }
            )
        traces.append(
            {
                "spans": spans,
                "session_id": rng.choice([None, "s-42", "S-42", "s_42"]),
                "tags": rng.choice([None, {"env": "prod"}, {"env": "dev", "a.b": "612"}]),
            }
        )
    return traces


TRACES = _random_traces(random.Random(7))


# --- the rules, in Python ---------------------------------------------------------------------------------

Span = dict[str, Any]
Trace = dict[str, Any]
Test = Callable[[Span, Trace], bool]


def duration_ns(span: Span) -> int:
    return 3_600_000_000_000 if span["duration_ms"] is None else int(span["duration_ms"] * 1e6)


def fold(text: str) -> str:
    return text.lower()


def as_number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value
    return float(value) if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+(\.\d*)?\s*", value) else None


def text_equals(have: str, typed: str, quoted: bool) -> bool:
    if quoted:
        return have == typed
    pattern = "".join({"*": ".*", "?": "."}.get(mark, re.escape(mark)) for mark in typed)
    return re.fullmatch(pattern, have, re.IGNORECASE | re.DOTALL) is not None


def like(have: str, pattern: str, flags: int) -> bool:
    marks = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression = "".join({"%": ".*", "_": "."}.get(mark, re.escape(mark[-1])) for mark in marks)
    return re.fullmatch(expression, have, flags | re.DOTALL) is not None


def scalar_text(value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def matches_scalar(value: Any, op: str, typed: str, quoted: bool) -> bool:
    number = as_number(typed)
    text = scalar_text(value)
    if op == "=":
        if number is not None and not quoted:
            return not isinstance(value, dict) and as_number(value) == number
        if isinstance(value, bool):
            return typed.lower() == str(value).lower()
        return text is not None and text_equals(text, typed, quoted)
    if op in COMPARE:
        have = as_number(value)
        return have is not None and number is not None and COMPARE[op](have, number)
    if text is None:
        return False
    if op == "~":
        escaped = json.dumps(typed, ensure_ascii=False)[1:-1]
        return fold(typed) in fold(text) or fold(escaped) in fold(text)
    if op == "=~":
        return re.search(typed, text, 0 if any(map(str.isupper, re.sub(r"\\.", "", typed))) else re.I) is not None
    return like(text, typed, 0 if op == "like" else re.IGNORECASE)


def matches_dynamic(value: Any, op: str, typed: str, quoted: bool) -> bool:
    if value is None:
        return False
    if op[0] == "!" or op.startswith("not "):
        return not matches_dynamic(value, op.removeprefix("!").removeprefix("not "), typed, quoted)
    if isinstance(value, list):
        return op in ("=", "~", "=~", "like", "ilike") and any(matches_scalar(v, op, typed, quoted) for v in value)
    return matches_scalar(value, op, typed, quoted)


def everywhere(span: Span) -> list[str]:
    texts = [span["name"], span["status_message"] or ""]
    texts.append(json.dumps(span["inputs"], ensure_ascii=False) if span["inputs"] is not None else "")
    for value in span["attributes"].values():
        if not isinstance(value, bool):
            texts.append(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return texts


# --- random filters with the function each stands for -----------------------------------------------------


def quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def text_field(name: str, get: Callable[[Span, Trace], str | None]) -> st.SearchStrategy[tuple[str, Test]]:
    def build(op: str, typed: str, quoted: bool) -> tuple[str, Test]:
        quoted = quoted or op in ("~", "!~", "like", "ilike", "not like") or not re.fullmatch(r"[\w*?\-%]+", typed)
        positive = op.removeprefix("!").removeprefix("not ")

        def test(span: Span, trace: Trace) -> bool:
            have = get(span, trace)
            if have is None:
                return False
            if positive == "=":
                found = text_equals(have, typed, quoted)
            elif positive == "~":
                found = fold(typed) in fold(have)
            else:
                found = like(have, typed, 0 if positive == "like" else re.IGNORECASE)
            return found == (op == positive)

        return f"{name} {op} {quote(typed) if quoted else typed}", test

    typed = st.sampled_from([*WORDS, "gpt-4o", "gpt*", "p?an", "*", "pla%", "GRÖßE", "s-42", "s_42", "%", "_"])
    ops = st.sampled_from(["=", "!=", "~", "!~", "like", "ilike", "not like"])
    return st.builds(build, ops, typed, st.booleans())


def number_field(
    name: str, get: Callable[[Span, Trace], float | None], values: list[tuple[str, float]]
) -> st.SearchStrategy[tuple[str, Test]]:
    def build(op: str, value: tuple[str, float], other: tuple[str, float]) -> tuple[str, Test]:
        typed, number = value

        def test(span: Span, trace: Trace) -> bool:
            have = get(span, trace)
            if have is None:
                return False
            answers = {"=": have == number, "!=": have != number, ">": have > number, ">=": have >= number}
            answers |= {"<": have < number, "<=": have <= number, "between": number <= have <= other[1]}
            return answers[op]

        return f"{name} {op} {typed}" + (f" and {other[0]}" if op == "between" else ""), test

    ops = st.sampled_from(["=", "!=", ">", ">=", "<", "<=", "between"])
    return st.builds(build, ops, st.sampled_from(values), st.sampled_from(values))


def attribute(key: str, get: Callable[[Span, Trace], Any]) -> st.SearchStrategy[tuple[str, Test]]:
    def build(op: str, typed: str, quoted: bool) -> tuple[str, Test]:
        if op in (">", "<=", "<"):
            typed = typed if as_number(typed) is not None else "5"
        if op == "=~":
            typed = re.escape(typed)
        quoted = quoted or op in ("~", "!~", "like", "=~") or not re.fullmatch(r"[\w*?\-]+(\.\d+)?", typed)
        if quoted and as_number(typed) is not None:
            quoted = op not in ("=", "!=")
        return f"{key} {op} {quote(typed) if quoted else typed}", lambda s, t: matches_dynamic(
            get(s, t), op, typed, quoted
        )

    typed = st.sampled_from([*WORDS, "5", "5.5", "612", "-1", "true", "False", "pl*", "act", "%a%", "naÏve"])
    ops = st.sampled_from(["=", "!=", ">", "<", "<=", "~", "!~", "like", "=~"])
    return st.builds(build, ops, typed, st.booleans())


def usage(members: list[Span], spans: list[Span]) -> dict[str, float | None]:
    """What some of the spans of a trace use; its first span stands above all others."""
    totals: dict[str, float | None] = {}
    for column in ("input_tokens", "output_tokens", "cost_usd"):
        above = spans[0][column] if any(span is spans[0] for span in members) else None
        below = [span[column] for span in members if span is not spans[0] and span[column] is not None]
        known = [amount for amount in (above, sum(below) if below else None) if amount is not None]
        totals[column] = max(known, default=None)
    return totals


def calls_without_price(members: list[Span], spans: list[Span]) -> int:
    """How many of the `members` are model calls of their trace whose cost nobody knows."""

    def has_tokens(span: Span) -> bool:
        return bool(span["input_tokens"] or span["output_tokens"])

    def lacks_price(span: Span) -> bool:
        if span["cost_usd"] is not None:
            return False
        counted = span["input_tokens"] is not None or span["output_tokens"] is not None
        answered = span["status"] == "OK" or (span["status"] is not None and span["ttft_ms"] is not None)
        return has_tokens(span) or (not counted and span["kind"] == "LLM" and span["model"] is not None and answered)

    root, *others = spans
    below = any(lacks_price(span) or span["cost_usd"] is not None for span in others)
    asked = any(has_tokens(span) or span["kind"] == "LLM" for span in others)
    root_counts = lacks_price(root) and not below and (has_tokens(root) or not asked)
    return sum(root_counts if span is root else lacks_price(span) for span in members)


def tokens(span: Span, _: Trace) -> float | None:
    both = (span["input_tokens"], span["output_tokens"])
    return None if both == (None, None) else sum(filter(None, both))


MS = [("250ms", 250e6), ("500", 500e6), ("0.5s", 500e6), ("2s", 2e9), ("2000.5ms", 2000.5e6), ("1h", 3600e9), ("0", 0)]
leaves = st.one_of(
    text_field("name", lambda s, t: s["name"]),
    text_field("model", lambda s, t: s["model"]),
    text_field("session", lambda s, t: t["session_id"]),
    text_field("error", lambda s, t: (s["status_message"] or "") if s["status"] == "ERROR" else None),
    text_field("root.name", lambda s, t: t["spans"][0]["name"]),
    text_field("trace.name", lambda s, t: t["spans"][0]["name"]),
    text_field("parent.model", lambda s, t: None if s is t["spans"][0] else t["spans"][0]["model"]),
    number_field("duration", lambda s, t: duration_ns(s), MS),
    number_field(
        "llm.ttft_ms", lambda s, t: s["ttft_ms"], [("100", 100), ("0.5s", 500), ("500.5", 500.5), ("900ms", 900)]
    ),
    number_field("tokens", tokens, [("4k", 4000), ("4001", 4001), ("1", 1), ("0", 0)]),
    number_field("cost", lambda s, t: s["cost_usd"], [("$0.05", 0.05), ("0.051", 0.051)]),
    number_field("trace.spans", lambda s, t: len(t["spans"]), [("1", 1), ("2", 2), ("3", 3)]),
    number_field("children", lambda s, t: len(t["spans"]) - 1 if s is t["spans"][0] else 0, [("0", 0), ("1", 1)]),
    number_field("depth", lambda s, t: int(s is not t["spans"][0]), [("0", 0), ("1", 1)]),
    attribute("n", lambda s, t: s["attributes"].get("n")),
    attribute("attr.s", lambda s, t: s["attributes"].get("s")),
    attribute("`weird key`", lambda s, t: s["attributes"].get("weird key")),
    attribute("root.n", lambda s, t: t["spans"][0]["attributes"].get("n")),
    attribute("tag.env", lambda s, t: (t["tags"] or {}).get("env")),
    attribute("tag.`a.b`", lambda s, t: (t["tags"] or {}).get("a.b")),
    attribute("nosuch", lambda s, t: None),
    attribute("input.q", lambda s, t: s["inputs"].get("q") if isinstance(s["inputs"], dict) else None),
    attribute("input.n.1", lambda s, t: s["inputs"]["n"][1] if isinstance(s["inputs"], dict) else None),
    st.sampled_from(
        [(f"is:{word}", lambda s, t, w=word: s["status"] == w.upper()) for word in ("ok", "error", "cancelled")]
    ),
    st.sampled_from([(f"status = {word}", lambda s, t, w=word: s["status"] == w) for word in ("OK", "ERROR")]),
    st.just(("status != error", lambda s, t: s["status"] not in ("ERROR", None))),
    st.just(("trace.status = 'ERROR'", lambda s, t: t["spans"][0]["status"] == "ERROR")),
    st.just(("is:running", lambda s, t: s["status"] is None)),
    st.just(("is:root", lambda s, t: s is t["spans"][0])),
    st.just(("is:leaf", lambda s, t: len(t["spans"]) == 1 or s is not t["spans"][0])),
    st.just(("is:orphan", lambda s, t: False)),
    st.just(("is:llm", lambda s, t: s["kind"] == "LLM")),
    st.just(("kind = 'my KIND'", lambda s, t: s["kind"] == "my kind")),
    st.just(("kind in (llm, Tool)", lambda s, t: s["kind"] in ("LLM", "TOOL"))),
    st.just(("has:n", lambda s, t: s["attributes"].get("n") is not None)),
    st.just(("n is null", lambda s, t: s["attributes"].get("n") is None)),
    st.just(("model is null", lambda s, t: s["model"] is None)),
    st.just(("nosuch is null", lambda s, t: True)),
    st.just(("parent.name is null", lambda s, t: s is t["spans"][0])),
    st.just(("tag.env is not null", lambda s, t: t["tags"] is not None)),
    st.just(("input = plan", lambda s, t: matches_dynamic(s["inputs"], "=", "plan", False))),
    st.just(("input ~ plan", lambda s, t: "plan" in fold(json.dumps(s["inputs"], ensure_ascii=False)))),
    st.sampled_from(
        [
            (
                quote(word),
                lambda s, t, w=word: any(
                    fold(w) in fold(x) or fold(json.dumps(w, ensure_ascii=False)[1:-1]) in fold(x)
                    for x in everywhere(s)
                ),
            )
            for word in [*WORDS, "PLAN", "61", "zzz"]
        ]
    ),
)


def _all(parts: list[tuple[str, Test]]) -> tuple[str, Test]:
    return "(" + " ".join(text for text, _ in parts) + ")", lambda s, t: all(test(s, t) for _, test in parts)


def _any(parts: list[tuple[str, Test]]) -> tuple[str, Test]:
    return "(" + " or ".join(text for text, _ in parts) + ")", lambda s, t: any(test(s, t) for _, test in parts)


def _none(part: tuple[str, Test]) -> tuple[str, Test]:
    return f"not {part[0]}", lambda s, t: not part[1](s, t)


span_filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(_all),
        st.lists(inner, min_size=2, max_size=3).map(_any),
        inner.map(_none),
    ),
    max_leaves=5,
)


def _set(part: tuple[str, Test]) -> tuple[str, Test]:
    return "{" + part[0] + "}", lambda s, t: any(part[1](span, t) for span in t["spans"])


trace_filters = st.recursive(
    span_filters.map(_set),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(_all),
        st.lists(inner, min_size=2, max_size=3).map(_any),
        inner.map(_none),
    ),
    max_leaves=3,
)
