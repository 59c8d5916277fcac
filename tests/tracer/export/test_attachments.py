"""Images, recordings and files in inputs and outputs: kept as such, once, with a reference in their place."""

from __future__ import annotations

import json
import os
import sqlite3
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.counted_work import calls_in
from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.store.text import attachment_uri
from tracetui.tracer.export.attachments import MIN_CHARS, Extractor
from tracetui.tracer.redaction import clean_text
from tracetui.tracer.settings.settings import config
from tracetui.tracer.tracing.attachments import Attachment
from tracetui.tracer.values import attachment
from tracetui.tracer.values.snapshot import snapshot

TRACE = "0123456789abcdef" * 2
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
IMAGE = b64encode(PNG).decode()
URL = f"data:image/png;base64,{IMAGE}"


@pytest.fixture(autouse=True)
def no_attachments_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has made none itself."""
    monkeypatch.setattr(attachment, "in_use", False)


def ref(content: bytes, content_type: str, trace_id: str = TRACE) -> str:
    """The reference to some bytes."""
    return attachment_uri.format_uri(sha256(content).hexdigest(), content_type, trace_id, len(content))


def kept(recorded: Recorded) -> dict[str, bytes]:
    """The attachments in the file: content type -> bytes."""
    return {
        row["content_type"]: row["bytes"]
        for row in recorded.rows("SELECT DISTINCT content_type, bytes FROM attachments")
    }


def one_place(value: Any, content: Any) -> list[Any]:
    """What stands where `content` stood."""
    if value == content:
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for item in items for found in one_place(item, content)]


FORMS: list[tuple[str, Callable[[str], Any], str]] = [
    (
        "OpenAI image",
        lambda x: {"type": "image_url", "image_url": {"url": f"data:image/webp;base64,{x}"}},
        "image/webp",
    ),
    ("OpenAI file", lambda x: {"file": {"file_data": f"data:application/pdf;base64,{x}"}}, "application/pdf"),
    ("OpenAI recording", lambda x: {"type": "input_audio", "input_audio": {"data": x, "format": "wav"}}, "audio/wav"),
    ("mp3", lambda x: {"type": "input_audio", "input_audio": {"data": x, "format": "mp3"}}, "audio/mpeg"),
    (
        "OpenAI speech",
        lambda x: {"role": "assistant", "audio": {"id": "a", "data": x, "text": "hi"}},
        "audio/wav",
    ),
    ("OpenAI images", lambda x: {"data": [{"b64_json": x}]}, "image/png"),
    ("Responses", lambda x: {"type": "image_generation_call", "result": x, "output_format": "webp"}, "image/webp"),
    (
        "Anthropic",
        lambda x: {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": x}},
        "image/gif",
    ),
    ("Anthropic, unnamed", lambda x: {"type": "image", "source": {"type": "base64", "data": x}}, "image/png"),
    ("Bedrock", lambda x: {"image": {"format": "jpeg", "source": {"bytes": x}}}, "image/jpeg"),
    ("Bedrock file", lambda x: {"document": {"format": "pdf", "source": {"bytes": x}}}, "application/pdf"),
    ("Gemini", lambda x: {"inline_data": {"mime_type": "image/heic", "data": x}}, "image/heic"),
    ("LangChain", lambda x: {"type": "image", "base64": x, "mime_type": "image/png"}, "image/png"),
    ("MCP", lambda x: {"type": "image", "data": x, "mimeType": "image/avif"}, "image/avif"),
    ("Ollama", lambda x: {"role": "user", "content": "what?", "images": [x]}, "image/png"),
    ("text", lambda x: f"![plot](data:image/png;base64,{x}) and so on", "image/png"),
]


@pytest.mark.parametrize(("form", "content_type"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
def test_every_sdks_form_of_base64_becomes_a_reference(form: Callable[[str], Any], content_type: str) -> None:
    """All else of the value stays as it was, and so does the value that was given."""
    given_value = {"messages": [{"role": "user", "content": ["hello", form(IMAGE)]}]}
    before = json.dumps(given_value)
    extractor = Extractor(TRACE)
    extracted = extractor.extract(given_value)
    assert [(one.content_type, one.content) for one in extractor.found.values()] == [(content_type, PNG)]
    text = json.dumps(extracted)
    reference = ref(PNG, content_type)
    assert text == before.replace(f"data:{content_type};base64,{IMAGE}", reference).replace(IMAGE, reference)
    assert json.dumps(given_value) == before


UNTOUCHED = [
    "x" * 5_000,
    {"data": "x" * 5_000},
    {"data": IMAGE[:-1], "mime_type": "image/png"},
    {"note": IMAGE},
    f"data:image/png;base64,{IMAGE[:-2]}!",
    f"data:image/png;base64,{IMAGE[:100]}",
    f"data:;base64,{IMAGE}",
    f";base64,{IMAGE}",
    "words ;base64, " * 200,
    {"type": "reasoning", "result": IMAGE},
    {"audio": None, "image": [], "source": {"bytes": IMAGE}},
    [0.5] * 2_000,
]


@pytest.mark.parametrize("value", UNTOUCHED)
def test_what_is_no_attachment_is_given_back_as_the_same_object(value: Any) -> None:
    """Broken base64, short strings, and what merely looks like it."""
    extractor = Extractor(TRACE)
    assert extractor.extract(value) is value
    assert not extractor.found


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.sampled_from([IMAGE, URL, f"a {URL} b {URL}"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "type", "source", "audio", "format", "media_type", "text"]), inner)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_value_keeps_its_shape_and_the_second_look_finds_nothing(value: Any) -> None:
    """Only strings change, and references are no attachments."""

    def shape(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: shape(item) for key, item in part.items()}
        return [shape(item) for item in part] if isinstance(part, list) else type(part)

    extractor = Extractor(TRACE)
    once = extractor.extract(value)
    assert shape(once) == shape(value)
    assert Extractor(TRACE).extract(once) is once
    assert (";base64," in json.dumps(once)) is False
    assert all(one.content == PNG for one in extractor.found.values())


@given(st.text(max_size=40), st.binary(max_size=40))
def test_references_say_what_they_stand_for(content_type: str, content: bytes) -> None:
    """As MLflow reads them; whatever the content type is."""
    given_one = Attachment(content_type=content_type, content_bytes=content)
    uri = given_one.ref(f"tr-{TRACE}")
    parsed = Attachment.parse_ref(uri)
    if parsed is not None:
        assert parsed == {
            "attachment_id": given_one.id,
            "content_type": content_type,
            "trace_id": TRACE,
            "size": len(content) or None,
        }
    assert clean_text(uri) == uri, "no reference is taken for a secret"


@pytest.mark.parametrize(
    "uri", ["", "https://x", "mlflow-attachment://x", "mlflow-attachment://a?content_type=b", "a b"]
)
def test_what_is_no_reference_is_none(uri: str) -> None:
    """MLflow's answer too."""
    assert Attachment.parse_ref(uri) is None


def test_attachments_are_read_from_files_with_their_types(tmp_path: Path) -> None:
    """By the ending of the name, or as they are told."""
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.what").write_bytes(b"x")
    assert Attachment.from_file(tmp_path / "a.png").content_type == "image/png"
    assert Attachment.from_file(str(tmp_path / "b.what")).content_type == "application/octet-stream"
    named = Attachment.from_file(tmp_path / "b.what", "text/plain")
    assert (named.content_type, named.content_bytes) == ("text/plain", b"x")


def test_an_image_of_ten_turns_is_in_the_file_once(recorded: Recorded) -> None:
    """Of all spans and traces; the whole conversation stays readable."""
    messages: list[Any] = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": URL}}]}]
    for turn in range(10):
        with tracer.start_span("turn", span_type="LLM") as span:
            span.set_inputs({"messages": list(messages)})
            span.set_outputs({"role": "assistant", "content": f"answer {turn}"})
        messages.append({"role": "assistant", "content": f"answer {turn}"})
    assert recorded.rows("SELECT count(*) AS n FROM attachment") == [{"n": 1}]
    assert recorded.rows("SELECT count(*) AS n FROM attachments") == [{"n": 10}]
    spans = recorded.spans()
    (url,) = {json.dumps(span["inputs"]["messages"][0]["content"][0]["image_url"]["url"])[:100] for span in spans}
    assert url.startswith('"mlflow-attachment://')
    assert all(ref(PNG, "image/png", span["trace_id"]) in json.dumps(span["inputs"]) for span in spans)
    assert kept(recorded) == {"image/png": PNG}


def test_attachments_given_by_the_program_are_kept_whatever_their_size(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments, results and what is set by hand; extraction of base64 may be off. Read back by their references."""
    monkeypatch.setattr(config, "extract_attachments", False)

    @tracer.trace
    def draw(sketch: Attachment) -> list[Any]:
        return ["done", {"image": Attachment(content_type="image/png", content_bytes=PNG)}]

    tiny = Attachment(content_type="text/x-sketch; charset=utf-8", content_bytes=b"o")
    draw(tiny)
    with tracer.start_span("by hand") as span:
        span.set_inputs({"plain": URL})
    drawn = recorded.span("draw")
    assert drawn["inputs"] == {"sketch": tiny.ref(drawn["trace_id"])}
    found = tracer.get_attachment(drawn["outputs"][1]["image"])
    assert found is not None
    assert (found.content_type, found.content_bytes) == ("image/png", PNG)
    by_id = tracer.get_attachment(tiny.id)
    assert by_id is not None
    assert by_id.content_bytes == b"o"
    assert tracer.get_attachment("mlflow-attachment://beef?content_type=a%2Fb&trace_id=1") is None
    assert tracer.get_attachment("nothing") is None
    assert recorded.span("by hand")["inputs"] == {"plain": URL}


def test_a_content_type_that_is_none_is_octets(recorded: Recorded) -> None:
    """It goes into a URI, and later into the name of a file."""
    with tracer.start_span("s") as span:
        span.set_inputs(Attachment(content_type="../../evil\n", content_bytes=b"x"))
    assert kept(recorded) == {"application/octet-stream": b"x"}


def test_an_image_of_a_running_span_is_there_while_it_runs(recorded: Recorded) -> None:
    """And is not written again with each change of the span."""
    with tracer.start_span("s") as span:
        span.set_inputs({"url": URL})
        assert kept(recorded) == {"image/png": PNG}
        span.set_attribute("later", 1)
        wait_until(lambda: recorded.span("s")["attributes"] == {"later": 1}, "the attribute")
    assert recorded.span("s")["inputs"] == {"url": ref(PNG, "image/png", span.trace_id)}
    assert recorded.rows("SELECT count(*) AS n FROM attachment") == [{"n": 1}]


def test_half_an_image_of_a_stream_is_none(recorded: Recorded) -> None:
    """What streams is looked at when it has ended."""
    pieces = [URL[:2_000], URL[2_000:]]

    @tracer.trace
    def stream() -> Any:
        for piece in pieces:
            yield piece
            wait_until(lambda: recorded.span("stream")["outputs"] is not None, "the text so far")

    for _ in stream():
        pass
    assert recorded.span("stream")["outputs"] == ref(PNG, "image/png", recorded.span("stream")["trace_id"])
    assert recorded.rows("SELECT count(*) AS n FROM attachment") == [{"n": 1}]


def test_instrumentors_attributes_are_looked_through(recorded: Recorded) -> None:
    """They hold whole prompts, as a part and as JSON in a string."""
    part = "llm.input_messages.0.message.contents.0.message_content.image.image.url"
    prompt = json.dumps({"messages": [{"content": [{"image_url": {"url": URL}}]}]})
    attributes = {"otel.scope.name": "openinference", part: URL, "input.value": prompt}
    with tracer.start_span("s", attributes=attributes) as span:
        pass
    found = recorded.span("s")
    reference = ref(PNG, "image/png", span.trace_id)
    assert found["attributes"][part] == reference
    assert found["inputs"]["messages"][0]["content"][0]["image_url"]["url"] == reference
    assert span.attributes[part] == URL, "the host's own is left alone"


def test_attachments_count_against_the_limits_and_are_cut_whole(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cut image is none: a note of its type and size stands in its place."""
    monkeypatch.setattr(config, "max_value_bytes", len(PNG) - 1)
    with tracer.start_span("value") as span:
        span.set_inputs({"url": URL, "own": Attachment(content_type="audio/wav", content_bytes=PNG)})
    found = recorded.span("value")
    assert found["inputs"] == {
        "url": f"[image/png of {len(PNG)} bytes cut]",
        "own": f"[audio/wav of {len(PNG)} bytes cut]",
    }
    assert found["attributes"] == {"tracetui.cut.attachments": 2 * len(PNG)}
    monkeypatch.setattr(config, "max_value_bytes", 1 << 20)
    monkeypatch.setattr(config, "max_span_bytes", 2 * len(PNG) + 1_500)
    others = [b64encode(bytes([n]) + PNG).decode() for n in range(3)]
    with tracer.start_span("span") as span:
        span.set_inputs([f"data:image/png;base64,{other}" for other in [*others[:1], *others]])
    inputs = recorded.span("span")["inputs"]
    size = len(PNG) + 1
    assert [entry[:6] for entry in inputs] == ["mlflow", "mlflow", "mlflow", "[image"], "the first counts once"
    assert inputs[3] == f"[image/png of {size} bytes cut]"
    assert recorded.rows("SELECT sum(size_bytes) AS n FROM attachment") == [{"n": 2 * size}]


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream", "application/x-own"])
def test_text_among_attachments_is_redacted(recorded: Recorded, content_type: str) -> None:
    """What was base64 would else lie in the file in plain letters, of whatever type it is said to be."""
    secret = "sk-proj-" + "a1B2" * 10
    text = json.dumps({"api_key": secret, "words": ["plain"] * 300})
    with tracer.start_span("s") as span:
        span.set_inputs(f"data:{content_type};base64," + b64encode(text.encode()).decode())
    tracer.flush()
    assert json.loads(kept(recorded)[content_type])["api_key"] == "[redacted]"
    with closing(sqlite3.connect(recorded.path)) as connection:
        assert not [line for line in connection.iterdump() if secret in line or secret.encode().hex().upper() in line]


def test_withheld_spans_leave_no_attachment(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor that fails withholds all that the span carried."""

    def fails(_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(config, "span_processors", (fails,))
    with tracer.start_span("s") as span:
        span.set_inputs({"url": URL, "own": Attachment(content_type="image/png", content_bytes=PNG)})
    assert recorded.span("s")["inputs"].startswith("[withheld")
    assert kept(recorded) == {}


def test_processors_see_what_the_program_gave(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images may be taken out by the program's own rules."""

    def drop(span: Any) -> None:
        assert span.inputs["url"] == URL
        assert isinstance(span.inputs["own"], Attachment)
        span.set_inputs({"url": "[private]", "own": span.inputs["own"]})

    monkeypatch.setattr(config, "span_processors", (drop,))
    with tracer.start_span("s") as span:
        span.set_inputs({"url": URL, "own": Attachment(content_type="image/gif", content_bytes=PNG)})
    assert recorded.span("s")["inputs"]["url"] == "[private]"
    assert list(kept(recorded)) == ["image/gif"]


def test_deleting_traces_deletes_what_nobody_refers_to(recorded: Recorded) -> None:
    """An image goes with the last trace that has it, and comes back with the next."""
    other = b64encode(PNG[::-1]).decode()
    ids = []
    for urls in ([URL], [URL, f"data:image/gif;base64,{other}"], []):
        with tracer.start_span("s") as span:
            span.set_inputs(urls)
        ids.append(span.trace_id)
    client = tracer.Client()
    assert len(kept(recorded)) == 2
    assert client.delete_traces(trace_ids=[ids[1], ids[2]]) == 2
    assert kept(recorded) == {"image/png": PNG}
    assert client.delete_traces(trace_ids=[ids[0]]) == 1
    assert recorded.rows("SELECT * FROM attachment") == recorded.rows("SELECT * FROM attachment_use") == []
    with tracer.start_span("again") as span:
        span.set_inputs(URL)
    assert kept(recorded) == {"image/png": PNG}


def test_extraction_is_the_writers_work(recorded: Recorded) -> None:
    """A caller that sets 8 MB of base64 does not wait for it to be decoded."""
    big = "data:image/png;base64," + b64encode(os.urandom(6 << 20)).decode()
    with tracer.start_span("s") as span:
        assert isinstance(span, tracer.Span)
        few = calls_in(lambda: span.set_inputs({"messages": [{"content": [{"image_url": {"url": big}}]}]}))
        assert span.inputs["messages"][0]["content"][0]["image_url"]["url"] is big
    assert few < 50
    assert recorded.rows("SELECT size_bytes FROM attachment") == [{"size_bytes": 6 << 20}]


def test_a_snapshot_shares_attachments() -> None:
    """They cannot change."""
    own = Attachment(content_type="image/png", content_bytes=PNG)
    assert snapshot({"a": [own]})["a"][0] is own
    assert attachment.in_use


def test_short_base64_stays_where_it_is() -> None:
    """So little of it harms nobody's reading."""
    short = "data:image/png;base64," + "A" * (MIN_CHARS - 4)
    assert Extractor(TRACE).extract(short) == short


@pytest.mark.parametrize(
    "text",
    [
        '{ "screenshot": "%s",  "width": 12345678901234567890123 }',
        '[{"type": "image", "mimeType": "image/png", "data": "%s"}]',
        '{"result": "{\\"page\\": \\"%s\\"}"}',
    ],
    ids=["under any name", "as MCP has it", "in a text of its own"],
)
def test_base64_in_the_json_that_a_tool_returned_is_an_attachment(text: str) -> None:
    """Known by how a file of its type begins; the rest of the text stays as it is written."""
    extractor = Extractor(TRACE)
    message = {"role": "tool", "content": text % IMAGE}
    assert extractor.extract(message) == {"role": "tool", "content": text % ref(PNG, "image/png")}
    assert [one.content for one in extractor.found.values()] == [PNG]


def test_base64_with_escaped_slashes_in_json_is_an_attachment() -> None:
    """As PHP writes it; then the text is written anew."""
    text = json.dumps({"screenshot": IMAGE}).replace("/", "\\/")
    assert json.loads(Extractor(TRACE).extract(text)) == {"screenshot": ref(PNG, "image/png")}


@pytest.mark.parametrize(
    "text", ['{"a": "%s"' % ("x" * 2_000), json.dumps({"hash": "ab12" * 600, "note": "x" * 2_000})]
)
def test_json_without_an_attachment_stays_the_same_object(text: str) -> None:
    """Broken JSON, and long runs that begin as no file does."""
    extractor = Extractor(TRACE)
    assert extractor.extract(text) is text
    assert not extractor.found
