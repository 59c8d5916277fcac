"""Attachments in the file: who has them, how they leave it."""

from __future__ import annotations

import json
import stat
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.records import attached
from tests.support.builders import TraceFile, at_ms
from tracetui.store.read import attachment_files, export
from tracetui.store.read.reader import Reader
from tracetui.store.text import attachment_uri
from tracetui.store.write import attachments
from tracetui.store.write.edits import DeleteTraces

PNG = b"\x89PNG" + bytes(1_000_000)


@pytest.fixture
def reader(file: TraceFile) -> Iterator[Reader]:
    """A reader of the file under construction."""
    with Reader(file.path) as opened:
        yield opened


def exported(reader: Reader, trace: int, files: dict[str, Path] | None = None) -> Any:
    """The document, read back."""
    return json.loads("".join(export.export_trace(reader, trace, now_ns=at_ms(0), attachment_files=files)))


def test_equal_bytes_are_kept_once_for_all_traces(file: TraceFile, reader: Reader) -> None:
    """With the content type they came with first."""
    one, two = file.trace(), file.trace()
    attachments.insert(
        file.connection,
        [
            (one.id, attached(b"a")),
            (two.id, attached(b"a", "image/gif")),
            (two.id, attached(b"b")),
            (two.id, attached(b"b")),
        ],
    )
    assert [row.id for row in reader.attachments(one.id)] == [sha256(b"a").hexdigest()]
    assert [(row.content_type, row.size_bytes) for row in reader.attachments(two.id)] == [("image/png", 1)] * 2
    assert reader.attachment(sha256(b"b").hexdigest()) == ("image/png", b"b")
    assert reader.attachment("beef") is reader.attachment("no hex") is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12), st.permutations(range(4)))
def test_an_attachment_lives_as_long_as_a_trace_that_has_it(
    tmp_path_factory: pytest.TempPathFactory, uses: list[tuple[int, int]], order: list[int]
) -> None:
    """Whatever the order in which traces are deleted."""
    file = TraceFile(tmp_path_factory.mktemp("uses") / "traces.db")
    traces = [file.trace() for _ in range(4)]
    attachments.insert(file.connection, [(traces[trace].id, attached(bytes([content]))) for trace, content in uses])
    alive = set(range(4))
    for trace in order:
        DeleteTraces([traces[trace].trace_id]).apply(file.connection, 1)
        alive.discard(trace)
        rows = file.connection.execute("SELECT bytes FROM attachment").fetchall()
        assert {row[0][0] for row in rows} == {content for user, content in uses if user in alive}
    file.close()


def test_document_holds_the_bytes_or_names_their_files(file: TraceFile, reader: Reader, tmp_path: Path) -> None:
    """An export is complete either way."""
    trace, other = file.trace(), file.trace()
    trace.span("s", inputs={"url": attachment_uri.format_uri("ab", "image/png", trace.hex_id, 2)})
    kept = [(trace.id, attached(PNG)), (trace.id, attached(b"x", "no/such-type; a=b")), (other.id, attached(b"y"))]
    attachments.insert(file.connection, kept)
    document = exported(reader, trace.id)
    assert [b64decode(one.pop("base64")) for one in document["attachments"]] == [PNG, b"x"]
    facts: list[dict[str, Any]] = [
        {"id": sha256(PNG).hexdigest(), "content_type": "image/png", "size_bytes": len(PNG)},
        {"id": sha256(b"x").hexdigest(), "content_type": "no/such-type; a=b", "size_bytes": 1},
    ]
    assert document["attachments"] == facts
    files = attachment_files.write(reader, trace.id, tmp_path / "deep" / "down")
    paths = [
        tmp_path / "deep" / "down" / f"{fact['id'][:16]}{ending}"
        for fact, ending in zip(facts, (".png", ".bin"), strict=True)
    ]
    assert [path.read_bytes() for path in paths] == [PNG, b"x"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert exported(reader, trace.id, files)["attachments"] == [
        {**fact, "file": str(path)} for fact, path in zip(facts, paths, strict=True)
    ]
    assert attachment_files.write(reader, trace.id, tmp_path / "deep" / "down") == files, "again, over the same files"
    assert exported(reader, file.trace().id)["attachments"] == []
    paths[0].write_bytes(b"another file of this name")
    with pytest.raises(FileExistsError):
        attachment_files.write(reader, trace.id, tmp_path / "deep" / "down")
    assert attachment_files.write(reader, trace.id, tmp_path / "deep" / "down", replace=True) == files
    assert paths[0].read_bytes() == PNG


@given(st.text("mlflow-atchen:/?=&%0123456789abcdef_ ", max_size=80))
def test_no_text_breaks_what_shows_references(text: str) -> None:
    """Text from anywhere is looked through for them."""
    shown = attachment_uri.describe_uris(text)
    assert shown == text or attachment_uri.SCHEME in text


@given(st.text(max_size=30), st.integers(0, 10**15 - 1), st.text(max_size=20), st.text(max_size=20))
def test_references_read_as_type_and_size(content_type: str, size: int, before: str, after: str) -> None:
    """In the middle of any text."""
    uri = attachment_uri.format_uri("ab" * 32, content_type, "cd" * 16, size)
    parts = attachment_uri.parse_uri(uri)
    if parts is not None:
        assert parts == ("ab" * 32, content_type, "cd" * 16, size)
        words = attachment_uri.describe_uris(f'{before}"{uri}"{after}')
        assert words.startswith(f'{before}"[{content_type} ')
        assert words.endswith(f'B]"{after}')


def test_a_known_reference_reads_as_people_say_it() -> None:
    """Type, and size in thousands."""
    uri = attachment_uri.format_uri("ab" * 32, "image/svg+xml", "cd" * 16, 84_213)
    assert attachment_uri.describe_uris(f"see {uri}, please") == "see [image/svg+xml 84 kB], please"
