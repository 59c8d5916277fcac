"""Secrets that never reach the file."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.store.model.rows import SpanRecord
from tracetui.tracer import guard, redaction, start_span, trace
from tracetui.tracer.export import pipeline
from tracetui.tracer.export.export_span import COPIED
from tracetui.tracer.redaction import REDACTED, clean, clean_attributes, is_clean
from tracetui.tracer.settings.settings import config
from tracetui.tracer.spans.pending_span import PendingSpan
from tracetui.tracer.spans.span import Span
from tracetui.tracer.streams.meter import StreamMeter

SECRET = "hunter2-and-more"
TOKENS = [
    "sk-proj-abcdEFGH1234567890abcd",
    "sk-ant-api03-abcdEFGH1234567890abcd",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "github_pat_11ABCDEFG0abcdefghijkl",
    "glpat-abcdefghij0123456789",
    "xoxb-123456789012-abcdefghijkl",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "hf_abcdefghijklmnopqrstuvwxyz012345",
    "sk_live_abcdefghijklmnop1234",
    "gsk_abcdefghijklmnopqrstuvwx",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "dapi0123456789abcdef0123456789abcdef",
    "tvly-dev-abcdefghij0123456789",
    "Bearer abcdef.123456",
]
SECRET_KEYS = [
    "api_key", "apiKey", "API-KEY", "openai_api_key", "x-api-key", "Authorization", "Proxy-Authorization", "password",
    "Password", "db_passwd", "passphrase", "pwd", "secret", "client_secret", "clientSecret", "secrets", "credentials",
    "private_key", "AWS_SECRET_ACCESS_KEY", "access_key", "token", "access_token", "refreshToken", "id_token", "cookie",
    "Set-Cookie", "session_token", "jwt",
]  # fmt: skip
HARMLESS = [
    {"max_tokens": 100, "total_tokens": 3, "token_count": 5, "tokens": ["a", "b"], "llm.token_count.prompt": 7},
    {"eos_token": "<|endoftext|>end", "next_page_token": "CAESBgoEGAAgAQ12345", "stop_token": "###########1"},
    {"token": "international", "logprob": -0.1, "bytes": [1, 2]},
    {"token": "Hello"},
    {"has_password": True, "password": None, "secret": ""},
    {"content": "The password is on the wall: ask the secretary about the token bucket. author=me key=a"},
    {"trace": "0af7651916cd43dd8448eb211c80319c", "uuid": "b2c4e8d4-1111-4222-8333-abcdefabcdef"},
    {"code": "api_key=os.environ['X']; password=getenv(1); token=$TOKEN_FROM_CI x=some_longer_name"},
    {"html": '<a class=\'key-column\' id="token-list">secret=""</a>', "call": "f(password='', key=\"of the map\")"},
    {"ask": "risk-averse disk-based-storage-with-a-long-name task-force-one-two-three"},
    {"shell": "npm-force-resolutions-and-others npm-run-all-with-more-options"},
    {"url": "https://example.org:8080/path?page=12345678"},
    {"file": "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4" * 50},
    {"json": '{"max_tokens": 5, "name": "x"}', "repr": "{'temperature': 0.1}"},
]


def holds(value: Any, secret: str) -> bool:
    return secret in json.dumps(value)


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize(
    "form", ["dict", "nested", "json", "json in json", "json of Jackson", "repr", "prose with json", "prose of Jackson"]
)
def test_values_under_secret_keys_are_redacted(key: str, form: str) -> None:
    """Whatever the spelling of the key, however deep it lies, and inside text that is JSON or a repr."""
    plain = {key: SECRET, "other": "kept"}
    value: Any = {
        "dict": plain,
        "nested": {"a": [{"b": plain}]},
        "json": {"arguments": json.dumps(plain)},
        "json in json": {"body": json.dumps({"inner": json.dumps(plain)})},
        "json of Jackson": {"body": json.dumps(plain, separators=(",", " : "))},
        "prose of Jackson": {"log": "sent " + json.dumps(plain, separators=(",", " : ")) + " to the tool"},
        "repr": {"error": f"bad config {plain!r}"},
        "prose with json": {"log": "sent " + json.dumps({"x": plain}) + " to the tool"},
    }[form]
    assert not is_clean(value, orjson.dumps(value))
    cleaned = clean(value)
    assert not holds(cleaned, SECRET)
    assert holds(cleaned, "kept")
    assert holds(cleaned, REDACTED)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "text", ["{}", "key {} end", '"{}"', "a\n{}\nb", "Incorrect key: {}.", "ünïcödé {} é", "x" * 200_000 + " {}"]
)
def test_known_tokens_are_redacted_in_any_text(token: str, text: str) -> None:
    """A token goes wherever it stands; the text around it stays."""
    value = {"content": text.format(token)}
    assert not is_clean(value, orjson.dumps(value))
    cleaned = clean(value)["content"]
    assert token.removeprefix("Bearer ") not in cleaned
    before, after = text.split("{}")
    assert cleaned.startswith(before)
    assert cleaned.endswith(after)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:hunter2@host/x", "https://user:[redacted]@host/x"),
        ("GET /x?api_key=abcdef123&page=2", "GET /x?api_key=[redacted]&page=2"),
        ("export DB_PASSWORD=hunter2hunter2", "export DB_PASSWORD=[redacted]"),
        ('DB_PASSWORD="hunter2 hunter2"\nDEBUG=1', 'DB_PASSWORD="[redacted]"\nDEBUG=1'),
        ("connect(host='db', password='hunter2hunter2')", "connect(host='db', password='[redacted]')"),
        ('say {"env": "API_KEY=\\"hunter2hunter2\\""}', 'say {"env": "API_KEY=\\"[redacted]\\""}'),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", None),
        ('{"password": "a\\"b-hidden", "n": 1}', '{"password":"[redacted]","n":1}'),
        ('say {"password": "a\\"b-hidden", "n": 1}', 'say {"password": "[redacted]", "n": 1}'),
        ('{"password": 12345678}', '{"password":"[redacted]"}'),
        ('say {"passwords": [1, 2], "n": 1}', 'say {"passwords": [redacted], "n": 1}'),
    ],
)
def test_secrets_in_text_are_cut_out_exactly(text: str, shown: str | None) -> None:
    """Only the secret goes."""
    cleaned = clean(text)
    assert REDACTED in cleaned
    assert "MIIE" not in cleaned
    assert cleaned == shown or shown is None
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("value", HARMLESS, ids=lambda value: next(iter(value)))
def test_what_is_no_secret_stays(value: dict[str, Any]) -> None:
    """Token counts, special tokens, log probabilities, ids, images and prose are what one traces for."""
    assert clean(value) == value
    assert clean_attributes(value) == value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values, st.sampled_from(TOKENS[:-1]))
def test_no_value_hides_a_token(value: Any, token: str) -> None:
    """In any JSON value a token beside it is found, and a cleaned value is clean."""
    from tracetui.store.text.json_text import encode

    whole = {"a": [value, {"b": f"{token} x"}]}
    assert not is_clean(whole, encode(whole))
    cleaned = clean(whole)
    assert token not in json.dumps(cleaned)
    assert clean(cleaned) == cleaned


@given(st.text() | st.text(alphabet="sk-AIza_eyJ.{}\"':\\=@/ghpoBbearer 0123456789"))
def test_redaction_takes_any_text(text: str) -> None:
    """Broken JSON, stray quotes, surrogates: it neither fails nor grows, and rests after one pass."""
    once = clean(text)
    assert len(once) <= len(text) * 2 + 100
    assert clean(once) == once


def everything(recorded: Recorded) -> bytes:
    """All bytes of the file and its log: what a reader of the disk could see."""
    tracer.flush()
    return b"".join(path.read_bytes() for path in recorded.path.parent.glob("traces.db*"))


def test_no_byte_of_a_secret_reaches_the_disk(recorded: Recorded) -> None:
    """Inputs, outputs, attributes, events, exceptions, names, tags, previews: none shows it, at no time."""
    token = TOKENS[0]

    @trace
    def call(headers: dict[str, str]) -> dict[str, str]:
        tracer.flush()
        raise ValueError(f"Incorrect API key provided: {token}")

    with start_span(f"span of {token}") as span:
        span.set_inputs({"api_key": SECRET})
        span.set_attribute("http.url", f"https://x/?api_key={SECRET}")
        span.set_attribute("nested", {"client_secret": SECRET})
        span.set_attribute(token, 1)
        span.add_event("sent", {"Authorization": f"Bearer {token}"})
        tracer.update_current_trace(tags={"token": SECRET}, metadata={"note": token}, request_preview=f"k {token}")
        tracer.flush()
        span.set_outputs([token])
        with pytest.raises(ValueError, match="Incorrect"):
            call({"authorization": SECRET})
        assert span.inputs == {"api_key": SECRET}, "the program's own values are not touched"
    on_disk = everything(recorded)
    assert SECRET.encode() not in on_disk
    assert token.encode() not in on_disk
    assert REDACTED.encode() in on_disk
    assert recorded.traces()[0]["tags"] == '{"token":"[redacted]"}'


def test_a_streamed_token_is_never_half_written(recorded: Recorded) -> None:
    """Text so far ends before a token that is still arriving."""

    @trace
    def answer() -> Iterator[str]:
        yield "the key is "
        for char in TOKENS[0]:
            yield char
            if char == "1":
                tracer.flush()
                assert recorded.spans()[0]["outputs"] == "the key is "
        yield " good"

    assert "".join(answer()).endswith("good")
    assert b"sk-proj" not in everything(recorded)
    assert recorded.spans()[0]["outputs"] == "the key is [redacted] good"


STREAMED = [
    *TOKENS,
    "postgres://app:hunter2-and-more@db:5432/x",
    "https://user:hunter2-and-more@host",
    "DB_PASSWORD=hunter2-and-more",
    "token=hunter2-and-more-and-more",
    '{"password": "hunter2-and-more"}',
    '{"access_token" : "internationalization"}',
    "Authorization: Basic aHVudGVyMjphbmQtbW9yZQ==",
    'curl -H "authorization: token hunter2-and-more" https://host',
    "X-API-Key: hunter2-and-more-and-more",
    "Set-Cookie: id=hunter2-and-more; HttpOnly",
    "run --db-password hunter2-and-more",
    'run --token "hunter2 and much more"',
    '["run", "--password", "hunter2-and-more"]',
    "curl -s -u user:hunter2-and-more",
    '[["x-api-key", "hunter2-and-more-and-more"]]',
    '{"name": "PASSWORD", "value": "hunter2-and-more"}',
    '{"auth": ["user", "hunter2-and-more"]}',
    '{"API_KEY_2": "hunter2-and-more"}',
]


@pytest.mark.parametrize("secret", STREAMED)
@pytest.mark.parametrize("form", ["text", "call", "two answers", "after another chunk"])
def test_no_beginning_of_a_secret_is_in_the_text_so_far(secret: str, form: str) -> None:
    """Whenever the writer looks, in whichever form the text grows: what it sees is redacted or held back."""
    whole = f"use {secret} now"
    before, found, _ = clean(whole).partition(REDACTED)
    assert found
    public = 10 if secret in TOKENS else 0  # the beginning that tells whose token it is
    span = Span("s", "LLM", None)
    meter = StreamMeter(span)
    if form == "after another chunk":
        meter.add({"sources": []})
    for char in whole:
        if form == "call":
            call = {"index": 0, "function": {"name": "run", "arguments": char}}
            meter.add({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
        elif form == "two answers":
            meter.add({"choices": [{"index": index, "delta": {"content": char}} for index in (0, 1)]})
        else:
            meter.add(char)
        (out,) = pipeline.ExportPipeline().prepare([span])
        shown: Any = orjson.loads(bytes(out.outputs_json or b""))
        if form == "call":
            shown = shown["tool_calls"][0]["arguments"]
        elif form != "text":
            shown = shown[-1]
        shown = shown if isinstance(shown, str) else ""
        visible = list(takewhile(lambda pair: pair[0] == pair[1], zip(shown, whole, strict=False)))
        assert len(visible) <= len(before) + public, shown
        assert secret[-8:] not in shown or "@" in secret


def test_ids_kinds_and_the_command_line_are_redacted_too(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is known by its JWT, a kind made of data, a key among the arguments of the program."""
    jwt = TOKENS[11]
    monkeypatch.setattr(sys, "orig_argv", ["python", "serve.py", "--api-key", SECRET, f"--token={jwt}", "--port", "80"])
    with start_span("s", span_type=f"LLM {jwt}"):
        tracer.update_current_trace(session_id=jwt, user=jwt, client_request_id=jwt)
    with start_span("t"):
        tracer.update_current_trace(session_id="session-of-an-ordinary-length", tags={"a": "b"})
    on_disk = everything(recorded)
    assert jwt.encode()[:40] not in on_disk
    assert SECRET.encode() not in on_disk
    assert {trace["session_id"] for trace in recorded.traces()} == {REDACTED, "session-of-an-ordinary-length"}
    assert f"--api-key {REDACTED} --token={REDACTED} --port 80".encode() in on_disk


def test_log_probabilities_excuse_no_other_key() -> None:
    """The token beside one is a piece of text; a password beside one is none."""
    assert clean({"logprob": -0.1, "api_key": SECRET, "token": "x" * 20}) == {
        "logprob": -0.1,
        "api_key": REDACTED,
        "token": "x" * 20,
    }
    assert clean({"logprob": "no", "token": SECRET}) == {"logprob": "no", "token": REDACTED}


def test_redaction_can_be_turned_off(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants it raw says so."""
    monkeypatch.setattr(config, "redact", False)
    with start_span("s") as span:
        span.set_inputs({"api_key": SECRET})
    assert recorded.spans()[0]["inputs"] == {"api_key": SECRET}


@pytest.fixture
def processors(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The processors of this test, in force while it runs."""
    chosen: list[Any] = []
    monkeypatch.setattr(config, "span_processors", chosen)
    return chosen


def test_processors_see_each_span_before_it_is_written(recorded: Recorded, processors: list[Any]) -> None:
    """A processor changes inputs, outputs, attributes, events and name of a copy, in order, also while a span runs."""

    def mask(span: Any) -> None:
        if span.inputs:
            span.set_inputs(dict.fromkeys(span.inputs, "***"))
        if span.outputs:
            span.set_outputs(span.outputs.replace("Ada", "A."))
        span.set_attribute("masked", True)
        span.attribute_values.pop("drop", None)
        span.end(outputs="ignored")

    processors += [mask, lambda span: span.set_attribute("second", span.get_attribute("masked"))]
    with start_span("s", attributes={"drop": "Ada"}) as span:
        span.set_inputs({"name": "Ada"})
        tracer.flush()
        assert recorded.span("s")["inputs"] == {"name": "***"}
        span.set_outputs("hello Ada")
    assert b"Ada" not in everything(recorded)
    row = recorded.span("s")
    assert (row["outputs"], row["status"]) == ("hello A.", "OK")
    assert row["attributes"] == {"masked": True, "second": True}
    assert span.inputs == {"name": "Ada"}
    assert span.attributes == {"drop": "Ada"}


def test_a_failing_processor_withholds_what_the_span_carries(
    recorded: Recorded, processors: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Fail closed: the span is there with its times, its texts are not, and the user is told once."""

    def broken(span: Any) -> None:
        raise KeyError(span.inputs)

    processors.append(broken)
    with caplog.at_level(logging.WARNING, logger="tracetui"):
        for _ in range(3):
            with start_span("s", attributes={"n": 7, "text": SECRET}) as span:
                span.set_inputs(SECRET)
                span.set_outputs({"a": SECRET})
                span.add_event(SECRET)
    assert SECRET.encode() not in everything(recorded)
    row = recorded.spans()[0]
    assert "withheld" in row["inputs"]
    assert "withheld" in row["outputs"]
    assert row["attributes"]["n"] == 7
    assert len(caplog.records) == 1


def test_a_processor_that_exits_does_not_end_the_writing(recorded: Recorded, processors: list[Any]) -> None:
    """`sys.exit`, or what a test framework raises to end a test, is one more way to fail."""

    def exits(span: Any) -> None:
        if span.name == "s":
            raise SystemExit(3)

    processors.append(exits)
    for name in ("s", "t"):
        with start_span(name) as span:
            span.set_inputs(SECRET)
    assert {row["name"]: row["inputs"] for row in recorded.spans()} == {
        "s": "[withheld: the span processor "
        "test_a_processor_that_exits_does_not_end_the_writing.<locals>.exits raised SystemExit]",
        "t": SECRET,
    }


def test_what_a_processor_puts_into_a_span_is_made_fit_for_the_file(recorded: Recorded, processors: list[Any]) -> None:
    """Objects, sets and words of its own keep no span out of the file."""

    def odd(span: Any) -> None:
        span.name, span.kind, span.status_message, span.status_code = 7, None, ValueError("x"), "WEIRD"
        span.inputs_value, span.outputs_value = {3: {1}}, Ellipsis
        span.event_list, span.attribute_values = [object(), {"name": "e", "time_ns": 1, "attributes": {}}], {1: {2}}

    processors.append(odd)
    with start_span("s") as span:
        span.set_inputs("in")
    (row,) = recorded.spans()
    assert (row["name"], row["status"], row["status_message"], row["inputs"]) == ("7", "OK", "x", {"3": [1]})
    assert (row["outputs"], row["attributes"], len(row["events"])) == ("Ellipsis", {"1": [2]}, 1)


def test_failing_redaction_withholds_too(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours in the net for secrets is no way around it."""
    monkeypatch.setattr(guard, "strict", False)

    def broken(*_: Any) -> bool:
        raise RuntimeError("bug")

    monkeypatch.setattr(redaction, "have_no_marks", broken)
    monkeypatch.setattr(redaction, "clean_attributes", broken)
    with start_span("s", attributes={"text": SECRET}) as span:
        span.set_inputs(SECRET)
        tracer.update_current_trace(tags={"a": "b"})
    assert SECRET.encode() not in everything(recorded)
    assert "withheld" in recorded.span("s")["inputs"]


def test_a_copy_has_every_field_of_a_span_that_is_written() -> None:
    """A field that is added to the record of a span is copied too."""
    made_here = {"inputs_json", "outputs_json", "stream"}
    of_recorder = {"__weakref__", "has_children", "queue_state"}
    assert {*COPIED, *made_here, *of_recorder} == {*SpanRecord.__slots__, *PendingSpan.__slots__}


def test_what_is_said_of_a_stored_trace_is_redacted_too(recorded: Recorded) -> None:
    """Tags and assessments that come after a trace was written go through the same net."""
    with start_span("s") as span:
        pass
    tracer.flush()
    tracer.set_trace_tag(span.trace_id, "api_key", SECRET)
    tracer.set_trace_tag(span.trace_id, f"key {TOKENS[0]}", "x")
    tracer.log_feedback(trace_id=span.trace_id, name=f"of {TOKENS[0]}", value=1)
    tracer.set_trace_tag(span.trace_id, "note", f"used {TOKENS[0]}")
    tracer.log_feedback(trace_id=span.trace_id, name="judge", value="bad", rationale=f"leaks {TOKENS[0]}")
    on_disk = everything(recorded)
    assert SECRET.encode() not in on_disk
    assert TOKENS[0].encode() not in on_disk
    tags = json.loads(recorded.traces()[0]["tags"])
    assert (tags["api_key"], tags["note"]) == (REDACTED, f"used {REDACTED}")


def test_what_is_said_of_a_trace_while_it_is_written_waits_to_be_looked_at(recorded: Recorded) -> None:
    """A tag that comes between the look at a trace and its row is not in the file until it was looked at itself."""
    with tracer.start_span("root") as span:
        assert isinstance(span, Span)
        (out,) = pipeline.ExportPipeline().prepare([span])
        span.trace.tags = {"token": SECRET}
        assert out.trace.as_written is not None
        assert out.trace.as_written.tags is None
    assert SECRET not in str(recorded.traces())


def test_a_message_of_a_former_call_is_scanned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of a conversation carries the former messages again; a secret in a new one is found."""
    scanned: list[int] = []
    scan = redaction.text_scan.is_clean

    def scan_and_count(text: bytes, *, is_json: bool = False) -> bool:
        scanned.append(len(text))
        return scan(text, is_json=is_json)

    def look(messages: list[str]) -> bool:
        scanned.clear()
        value = {"messages": [{"role": "user", "content": message} for message in messages]}
        return is_clean(value, orjson.dumps(value))

    monkeypatch.setattr(redaction.text_scan, "is_clean", scan_and_count)
    history = [f"{number} is said here " * 100 for number in range(20)]
    assert look(history)
    first = sum(scanned)
    assert look([*history, "and now?"])
    assert sum(scanned) < first / 10
    assert not look([*history, "password=hunter2x"])
    assert not look([*history, f"{history[0]} password=hunter2x"])
