"""Filters find in values that are stored in blocks what they find in whole values, and search each block once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.filter.reference import NOW_NS
from tests.store.records import PROCESS, make_span, make_trace
from tracetui.store.filter import parse
from tracetui.store.filter.sql import functions
from tracetui.store.read.reader import Reader
from tracetui.store.read.search import find
from tracetui.store.text.json_parts import KnownElements, encode_in_parts
from tracetui.store.write.blocks import block_writer
from tracetui.store.write.rows import attribute_rows, payload_rows
from tracetui.store.write.writer import Writer

_PIECES = [f"passage {number} speaks of thing{number % 3}, Größe and naïve things. " * 24 for number in range(6)]
_NEEDLES = [
    *("thing2", "passage 4", "GRÖSSE", "größe", "nowhere", "role", '"role":"tool"', "user", '\\"', "}", "\n\n", "},{"),
    *("t5 asks", "things. \n\npassage", "speaks of", "assistant", "Answer from"),
]


def _write(path: Path) -> None:
    with closing(Writer(path, PROCESS)) as writer:
        for number in range(12):
            some = _PIECES[: number % 6 + 1]
            messages = [{"role": ("user", "tool")[place % 2], "content": text} for place, text in enumerate(some)]
            value: Any = [
                {"messages": messages},
                [{"page_content": text} for text in some],
                "Answer from\n\n" + "\n\n".join(some) + f"\n\nt{number} asks",
            ][number % 3]
            events = [{"name": "e", "attributes": {"text": some[0]}}]
            texts = (encode_in_parts(one, KnownElements()) for one in (value, some[-1], events))
            columns: dict[str, Any] = dict(zip(("inputs_json", "outputs_json", "events_json"), texts, strict=True))
            span = make_span(make_trace(number + 1), number + 1, **columns)
            span.attribute_values = {"prompt": "\n\n".join(some), "n": number}
            writer.write([span])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same traces in blocks, and as whole values."""
    folder = tmp_path_factory.mktemp("search")
    _write(folder / "blocks.db")
    with pytest.MonkeyPatch.context() as patch:
        for module in (block_writer, attribute_rows, payload_rows):
            patch.setattr(module, "FOLD_FROM_BYTES", 1 << 40)
        _write(folder / "whole.db")
    return folder / "blocks.db", folder / "whole.db"


def _found(path: Path, text: str) -> list[int]:
    with Reader(path) as reader:
        batches = find(reader, parse(text), now_ns=NOW_NS, gone=frozenset())
        return sorted(trace for batch in batches for trace in batch)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(_NEEDLES),
    st.sampled_from(
        [
            *("{}", "input ~ {}", "output ~ {}", "content ~ {}", "prompt ~ {}", "not input ~ {}", "output !~ {}"),
            *("input.messages.0.content ~ {}", "event.text ~ {}", "{} or n = 3", "content like {}", "input =~ {}"),
            *("{{input ~ {}}} and {{output ~ thing1}}", "{} | count() > 0", "input = {}"),
        ]
    ),
)
def test_blocks_and_whole_values_have_the_same_matches(files: tuple[Path, Path], needle: str, form: str) -> None:
    """Also where the text is cut, and for what is not a plain search."""
    escaped = needle.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = form.format(f'"{escaped}"')
    try:
        wanted = _found(files[1], text)
    except ValueError:  # no regular expression
        return
    assert _found(files[0], text) == wanted


def test_each_block_is_searched_once(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many values have it, in however many slices."""
    monkeypatch.setattr("tracetui.store.read.search._FIRST_SLICE", {"trace": 1, "span": 1})
    monkeypatch.setattr("tracetui.store.read.search._SMALLEST_SLICE", 1)
    searched: list[str] = []
    contains = functions._contains

    def counted(value: Any, needle: str) -> bool | None:
        searched.append(value)
        return contains(value, needle)

    monkeypatch.setattr(functions, "_contains", counted)
    assert _found(files[0], "größx") == []
    long = [text for text in searched if text is not None and len(text) > 200]
    assert len(long) == len(set(long)) >= len(_PIECES)
