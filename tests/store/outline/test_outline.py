"""A trace as text: everything once, errors with their stack, within a number of tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.chat.test_chat import VALUES
from tests.support.agent_trace import ANSWER, QUESTION, agent_trace
from tests.support.builders import BuiltTrace, TraceFile
from tracetui.store.chat.chat import chat_of
from tracetui.store.outline.budget import Passage, Section, cut_middle, fitted, token_count
from tracetui.store.outline.from_file import Outliner
from tracetui.store.outline.markdown import message_markdown
from tracetui.store.read.reader import Reader
from tracetui.store.read.trace_lookup import TraceNotFoundError
from tracetui.store.text.safe_text import find_unsafe

NOW_NS = 0

WHOLE = f"""# POST /chat

ok · 900 ms · 4 spans

- started: 2026-01-02 03:04:05.000 UTC
- trace: a0000000000000000000000000000001
- session: s-40
- user: u7

## ✓ shop assistant

ok · AGENT · 900 ms

**inputs** `{{"question": "{QUESTION}"}}`

### ✓ chat

ok · LLM · 300 ms · at +5.0 ms · gpt-4o-mini · 210→18 tokens · $0.0002

tools on offer: order_status, search_handbook

**system**
> You are the assistant of a shop. Be short.

**user**
> {QUESTION}

**assistant** calls `order_status(number=40017)`

### ✓ order_status

ok · TOOL · 30.0 ms · at +310 ms

**inputs** `{{"number": 40017}}`

**outputs** `{{"place": "Hamburg", "eta": "Monday"}}`

### ✓ chat

ok · LLM · 535 ms · at +345 ms · first token after 120 ms · gpt-4o-mini · 210→18 tokens · $0.0002

tools on offer: 2 as before

*3 messages as before*

**result of order_status**
> {{"place": "Hamburg", "eta": "Monday"}}

**assistant**
> {ANSWER}

## ← shop assistant returns

**outputs**
> {ANSWER}
"""


def whole(trace: BuiltTrace, max_tokens: int | None = None) -> str:
    """The Markdown of a trace."""
    with Reader(trace.file.path) as reader:
        return Outliner(reader, trace.id, now_ns=NOW_NS).whole(max_tokens=max_tokens, utc=True)


def test_a_trace_is_told_from_top_to_bottom(file: TraceFile) -> None:
    """Headings with times, the conversation as it was said, and nothing that was said before."""
    assert whole(agent_trace(file)) == WHOLE


def test_the_text_of_a_long_conversation_grows_with_what_is_new(file: TraceFile) -> None:
    """The history that an agent sends again with each call is one line."""
    short, long = (token_count(whole(agent_trace(file, turns=turns))) for turns in (5, 10))
    assert long < 2.2 * short


def test_a_small_number_of_tokens_leaves_spans_out_and_says_so(file: TraceFile) -> None:
    """The head, the root and the note stay."""
    text = whole(agent_trace(file, turns=3), max_tokens=150)
    assert token_count(text) <= 160
    assert "[… 9 spans left out: 6 x chat, 3 x order_status]" in text
    assert "## ✓ shop assistant" in text


def test_long_values_are_cut_before_spans_are_left_out(file: TraceFile) -> None:
    """The beginning and the end of a value say most."""
    trace = file.trace()
    trace.span("read", outputs={"page": "a" * 50_000, "last": "the end"})
    text = whole(trace, max_tokens=1_000)
    assert "characters left out" in text
    assert "the end" in text
    assert 200 < token_count(text) <= 1_000


def test_an_error_has_its_stack_where_it_was_raised(file: TraceFile) -> None:
    """An exception passes through every span above; its stack is told once."""
    trace = file.trace()
    attributes = {
        "exception.type": "KeyError",
        "exception.message": "'eta'",
        "exception.stacktrace": "File x, line 3\n",
    }
    events = [{"name": "exception", "time_ns": 1, "attributes": attributes}]
    root = trace.span("request", status="ERROR", events=events)
    trace.span("step", parent=root, status="ERROR", events=events)
    trace.span("other", parent=root, status="ERROR", status_message="503")
    text = whole(trace)
    assert text.count("KeyError: 'eta'") == 2
    assert text.count("File x, line 3") == 1
    assert text.index("File x") < text.index("← request returns")
    assert "> 503" in text


def test_errors_are_left_out_last(file: TraceFile) -> None:
    """Whoever reads a part of a trace reads why it failed."""
    trace = file.trace()
    root = trace.span("request")
    for number in range(40):
        trace.span(f"step {number}", parent=root, kind="LLM", status="ERROR" if number == 33 else "OK")
    text = whole(trace, max_tokens=200)
    assert "✗ step 33" in text
    assert "spans left out" in text


def test_one_span_is_told_with_its_attributes(file: TraceFile) -> None:
    """Alone it needs no parents."""
    trace = file.trace()
    span = trace.span("read", inputs={"page": 3}, attributes={"http.url": "https://x/\x1b[2J"})
    with Reader(file.path) as reader:
        outliner = Outliner(reader, trace.id, now_ns=NOW_NS)
        text = outliner.span(span.span_id)
        assert outliner.span(77) is None
        assert outliner.subtree(77) is None
    assert text is not None
    assert text.startswith("## ✓ read")
    assert "- http.url: https://x/␛[2J" in text


def test_a_subtree_is_told_alone(file: TraceFile) -> None:
    """Its root is the first heading."""
    trace = agent_trace(file)
    with Reader(file.path) as reader:
        span = reader.spans(trace.id)[2]
        text = Outliner(reader, trace.id, now_ns=NOW_NS).subtree(span.span_id)
    assert text is not None
    assert text.startswith("## ✓ order_status")
    assert "shop assistant" not in text


def test_a_trace_that_is_gone_is_an_error(file: TraceFile) -> None:
    """Another process may have deleted it."""
    with Reader(file.path) as reader, pytest.raises(TraceNotFoundError):
        Outliner(reader, 12, now_ns=NOW_NS)


@given(st.lists(st.tuples(st.integers(0, 4), st.text(max_size=300)), max_size=12), st.integers(50, 400))
def test_a_text_fits_its_number_of_tokens(parts: list[tuple[int, str]], max_tokens: int) -> None:
    """Only sections that are always kept, and the notes about what is left out, may exceed it."""
    sections = [Section("part", rank, [Passage("head", body)]) for rank, body in parts]
    always = fitted([section for section in sections if section.rank == 0], None)
    notes = 12 * len(sections)
    assert token_count(fitted(sections, max_tokens)) <= max(max_tokens, token_count(always) + 2) + notes


@given(st.text(max_size=500), st.integers(10, 200))
def test_a_cut_text_keeps_its_beginning_and_its_end(text: str, limit: int) -> None:
    """And says how much is missing."""
    cut = cut_middle(text, limit)
    assert cut == text or (cut.startswith(text[: limit // 2]) and cut.endswith(text[-(limit // 5) :]))


@given(VALUES)
def test_markdown_of_any_message_is_safe_to_print(value: object) -> None:
    """It reaches terminals."""
    chat = chat_of(value)
    for message in chat.messages if chat else ():
        assert all(find_unsafe(line) is None for line in message_markdown(message).split("\n"))
