"""Both rates of redaction: of the secrets of a generated set none is kept, of harmless texts hardly one is touched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.support.recorded import Recorded
from tests.tracer.redaction.harmless_texts import HARMLESS, TEXTS
from tests.tracer.redaction.secret_shapes import NAMES, SHAPES, Maker
from tracetui import tracer
from tracetui.tracer import start_span
from tracetui.tracer.export import pipeline
from tracetui.tracer.parts.link import Link
from tracetui.tracer.parts.status import SpanStatus
from tracetui.tracer.redaction import (
    REDACTED,
    clean,
    clean_growing,
    clean_text,
    have_no_marks,
    text_scan,
    value_ends,
)
from tracetui.tracer.spans.span import Span
from tracetui.tracer.streams.meter import StreamMeter

PLACES = (
    "inputs",
    "JSON in JSON",
    "attribute",
    "exception",
    "name",
    "event",
    "tag",
    "metadata",
    "link",
    "status",
    "key",
)


def put(place: str, text: str) -> None:
    """Record a span that holds a text in one place."""
    if place == "exception":
        with pytest.raises(ValueError), start_span("s"):  # noqa: PT011 (the text is a secret)
            raise ValueError(text)
        return
    with start_span(text if place == "name" else "s") as span:
        if place == "inputs":
            span.set_inputs({"messages": [{"role": "user", "content": f"Here: {text} ok?"}]})
        elif place == "JSON in JSON":
            span.set_outputs(json.dumps({"a": json.dumps({"b": text})}))
        elif place == "attribute":
            span.set_attribute("note", text)
        elif place == "event":
            span.add_event("seen", {"text": text})
        elif place == "tag":
            tracer.update_current_trace(tags={"note": text})
        elif place == "metadata":
            tracer.update_current_trace(metadata={"note": text})
        elif place == "link":
            span.add_link(Link("1" * 32, "2" * 16, {"note": text}))
        elif place == "status":
            span.set_status(SpanStatus("ERROR", text))
        else:
            span.set_attribute(text, 1)


def on_disk(recorded: Recorded) -> bytes:
    """All bytes of the file and its log."""
    tracer.flush()
    return b"".join(path.read_bytes() for path in recorded.path.parent.glob("traces.db*"))


def written_forms(secret: str) -> set[bytes]:
    """How a secret may stand in a file: as it is, and as JSON in JSON writes it."""
    once = json.dumps(secret)[1:-1]
    return {form.encode() for form in (secret, once, json.dumps(once)[1:-1])}


@pytest.mark.parametrize("place", PLACES)
def test_no_shape_of_a_secret_is_kept(place: str, recorded: Recorded) -> None:
    """Published token shapes, and values that a text gives a name, in every place where text can be."""
    assert len(SHAPES) >= 150
    made = {name: make(Maker(f"{name} in {place}")) for name, make in SHAPES.items()}
    for _, text in made.values():
        put(place, text)
    found = on_disk(recorded)
    assert [name for name, (secret, _) in made.items() if any(form in found for form in written_forms(secret))] == []
    assert REDACTED.encode() in found


NEIGHBOURS = (
    "What is the weather in Bonn?",
    'it said "yes',
    "it's",
    "\\",
    "the password is",
    "has",
    "A" * 64,
    "https://example.org/a?b=",
    "name: ",
    '{"key": "x", "type": "string"}',
)
"""Texts that end, or begin, in the middle of something."""


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_no_secret_is_hidden_by_the_texts_that_it_is_scanned_with(neighbour: str) -> None:
    """The fast path scans the texts of many spans at once."""
    for name, shape in SHAPES.items():
        _, text = shape(Maker(f"{name} among others"))
        payloads = [orjson.dumps({"content": [one]}) for one in (neighbour, text, neighbour)]
        if not text_scan.is_clean(text.encode()):
            assert not have_no_marks([], [neighbour, text, neighbour]), name
        if not text_scan.is_clean(payloads[1], is_json=True):
            assert not have_no_marks(payloads, []), name


@pytest.mark.parametrize("seed", range(3))
def test_no_value_under_a_telling_name_is_kept(seed: int) -> None:
    """As a key of a dict at any depth, in JSON, a repr, an assignment, a line of settings, a tag."""
    for name in NAMES:
        secret = Maker(f"{name} {seed}")(24)
        for value in (
            {name: secret},
            {"a": [{name: secret}]},
            {name: [secret]},
            json.dumps({name: secret}),
            f"sent {json.dumps({'x': json.dumps({name: secret})})} on",
            f"config { ({name: secret})!r}",
            f"{name}={secret}",
            f'{name} = "{secret}"',
            f"{name}: {secret}",
            f"<{name}>{secret}</{name}>",
        ):
            assert secret not in json.dumps(clean(value)), (name, value)


def forms_of(value: Any) -> Iterator[Any]:
    """A harmless value as it is, in a dict, and in texts around it."""
    yield value
    yield {"content": value}
    if isinstance(value, str):
        yield f"Here: {value} ok?"
        yield f"a\n{value}\nb"
    else:
        yield f"got {json.dumps(value)} back"
        yield f"got {value!r} back"


def test_hardly_any_harmless_text_is_touched() -> None:
    """Schemas, counts, ids, hashes, images, code and prose about secrets are what one traces for."""
    assert len(TEXTS) >= 150
    forms = [form for value in HARMLESS for form in forms_of(value)]
    touched = [form for form in forms if clean(form) != form]
    assert len(touched) <= len(forms) / 100, touched


@pytest.mark.parametrize("name", list(SHAPES))
def test_no_beginning_of_a_shape_is_in_a_growing_text(name: str) -> None:
    """Whenever the writer looks at a stream, less of the secret is shown than tells whose it is."""
    secret, text = SHAPES[name](Maker(f"{name} streamed"))
    whole = f"see {text} now\n"
    at = whole.index(secret)
    for end in (*range(at + 1, min(at + 40, len(whole))), *range(at + 40, len(whole), 11)):
        shown = clean_growing(whole[:end])
        seen = max((size for size in range(1, min(len(secret), 24)) if secret[:size] in shown[at - 8 :]), default=0)
        assert seen <= 16, (end - at, shown)


def test_a_stream_shows_whole_words_only() -> None:
    """What is on its way to become a token is held back, in whichever form the text arrives."""
    meter = StreamMeter(span := Span("s", "LLM", None))
    for piece in ("The key is hf_", "abcdefgh", "ijklmnop"):
        meter.add(piece)
        (out,) = pipeline.ExportPipeline().prepare([span])
        assert orjson.loads(bytes(out.outputs_json or b"")) == "The key is "


LONG = 1_000_000


def test_a_long_name_is_read_by_its_end() -> None:
    """Of a key of a megabyte only the end is searched for the name of a secret; a token in it goes all the same."""
    secret, token = SHAPES["OpenAI project"](Maker("in a long key"))
    assert clean({"x" * LONG + "_password": "hunter2-and-more"}) == {"x" * LONG + "_password": REDACTED}
    assert clean({"x" * LONG: "hunter2-and-more"}) == {"x" * LONG: "hunter2-and-more"}
    assert secret not in str(clean({"x " * 1_000 + token: 1}))


class Counted:
    """A compiled pattern that counts the places at which it is tried."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.pattern = pattern
        self.bytes_seen = 0

    def match(self, text: bytes, start: int = 0, end: int = LONG * 10) -> re.Match[bytes] | None:
        """As that of the pattern."""
        found = self.pattern.match(text, start, end)
        self.bytes_seen += (found.end() if found else start) - start
        return found


@pytest.mark.parametrize(
    "piece",
    ["password=", "password: ", "token=x", "password=strstr", "key: a ", 'secret="', "a=", "pwd=;"],
)
def test_what_is_looked_at_grows_with_the_text_and_not_with_its_square(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prompt of nothing but names: four times the text takes four times the looks at values."""
    seen = []
    for times in (500, 2_000):
        counted = Counted(value_ends.BARE)
        with monkeypatch.context() as patched:
            patched.setattr(value_ends, "BARE", counted)
            clean_text(piece * times)
        seen.append(counted.bytes_seen)
    assert seen[1] <= 6 * seen[0] + 2 * value_ends.LINE_BYTES


def test_a_wide_colon_is_a_colon() -> None:
    """As texts in Chinese and Japanese have it."""
    assert clean("密码：hunter2x9") == f"密码：{REDACTED}"


def test_a_long_value_goes_as_a_whole() -> None:
    """To the end of its word, its quotes or its line, also beyond what is looked at of it."""
    assert clean("DB_PASSWORD=" + "a1=" * 3_000) == f"DB_PASSWORD={REDACTED}"
    assert clean('DB_PASSWORD="' + "a1= " * 3_000 + '" x') == f'DB_PASSWORD="{REDACTED}" x'
    assert clean("Cookie: " + "a=1; " * 3_000 + "\nHost: x") == f"Cookie: {REDACTED}\nHost: x"
