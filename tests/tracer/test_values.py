"""Snapshots of any value, and their JSON text."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import pickle
from collections import OrderedDict, namedtuple
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracetui.store import json_text
from tracetui.store.json_text import encode
from tracetui.tracer.values import MAX_DEPTH, MAX_REPR_CHARS, snapshot

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(json_values)
def test_json_values_come_back_exactly(value: Any) -> None:
    """What JSON can say is stored exactly, integers of any size and lone surrogates included."""
    assert json.loads(encode(snapshot(value))) == value


@given(json_values)
def test_pieces_give_the_same_text_as_one_call(value: Any) -> None:
    """Encoding in pieces is only a matter of pauses."""
    pieces = json_text._Pieces()
    for part in (value, {"x" * 300: [value] * 300, "y": "é" * 5}):
        pieces.texts.clear()
        pieces.encode(part)
        assert json.loads(b"".join(pieces.texts)) == part


def test_large_values_are_encoded_in_pieces() -> None:
    """No piece of a 2 MB string, list or object is encoded at once with the rest."""
    long = 'line "quoted"\n' * 150_000
    for value in (long, {"messages": [{"content": long}]}, [{"n": n} for n in range(50_000)]):
        pieces = json_text._Pieces()
        pieces.encode(value)
        assert len(pieces.texts) > 10
        assert max(map(len, pieces.texts)) < 2 * json_text.PIECE_CHARS
        assert json.loads(b"".join(pieces.texts)) == value


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Name(str):
    def __str__(self) -> str:
        return "not this"


@dataclasses.dataclass
class Point:
    x: int
    tags: list[str]


class Model:
    """As pydantic's models."""

    def model_dump(self) -> dict[str, Any]:
        return {"field": Colour.RED}


class Plain:
    def __init__(self) -> None:
        self.a, self._hidden = 1, 2


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Shouting:
    def __repr__(self) -> str:
        return "x" * 10**6


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Name("this"), "this"),
        (Point(1, ["a"]), {"x": 1, "tags": ["a"]}),
        (Model(), {"field": "red"}),
        (Plain(), {"__class__": "Plain", "a": 1}),
        (Pair(1, {2}), {"left": 1, "right": [2]}),
        ((1, (2,)), [1, [2]]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        ({1: "int", None: "none", (1, 2): "tuple"}, {"1": "int", "null": "none", "(1, 2)": "tuple"}),
        (frozenset("ab"), ["a", "b"]),
        (b"bytes", "bytes"),
        (b"\x89PNG\xff", "<5 bytes 89 50 4e 47 ff>"),
        (datetime.date(2026, 11, 22), "2026-11-22"),
        (Decimal("0.10"), "Decimal('0.10')"),
        (ValueError("bad"), "ValueError: bad"),
        (Hostile(), "<Hostile that cannot be shown>"),
        (int, "<class builtins.int>"),
        (len, "<function builtins.len>"),
    ],
)
def test_objects_are_shown_by_what_they_say_of_themselves(value: Any, shown: Any) -> None:
    """Every Python object has a readable form, and none can raise."""
    assert snapshot(value) == shown
    assert json.loads(encode(snapshot({"deep": [value]}))) == {"deep": [shown]}


def test_cycles_end() -> None:
    """A value that contains itself is cut, not followed for ever."""
    loop: list[Any] = [1]
    loop.append(loop)
    text = encode(snapshot(loop)).decode()
    assert f"below {MAX_DEPTH} levels" in text
    assert len(text) < 2000


def test_long_reprs_are_cut_with_a_note() -> None:
    """An object known only by a huge repr costs a bounded amount, and says so."""
    shown = snapshot(Shouting())
    assert len(shown) < MAX_REPR_CHARS + 100
    assert "1000000 characters" in shown


def test_snapshot_shares_no_container_with_its_source() -> None:
    """Nothing the host changes later can reach a snapshot."""
    source: dict[str, Any] = {"list": [1, [2]], "dict": {"a": {}}, "long": list(range(100))}
    taken = snapshot(source)
    before = pickle.dumps(taken)
    source["list"][1].append(3)
    source["dict"]["a"]["b"] = 1
    source["long"].append(1)
    assert pickle.dumps(taken) == before
