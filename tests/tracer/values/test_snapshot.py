"""Snapshots of any value, and their JSON text."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import enum
import gc
import io
import itertools
import json
import math
import os
import pathlib
import pickle
import signal
import types
import uuid
import warnings
from array import array
from collections import OrderedDict, deque, namedtuple
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.store.text import json_text
from tracetui.store.text.json_text import encode
from tracetui.tracer.values.bounds import MAX_DEPTH, MAX_ITEMS, MAX_LAZY_ITEMS, MAX_OBJECTS
from tracetui.tracer.values.snapshot import MAX_REPR_CHARS, snapshot

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(json_values)
def test_json_values_come_back_exactly(value: Any) -> None:
    """JSON values are stored exactly, with integers of any size and lone surrogates."""
    assert json.loads(encode(snapshot(value))) == value


@given(st.recursive(st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=10))
def test_floats_that_json_has_no_form_for_become_words_beside_anything(value: Any) -> None:
    """The stored text is standard JSON, also if one value needs the slower encoder."""
    for beside in (2**70, "\ud800", 0):
        text = encode(snapshot([value, math.nan, -math.inf, {"of": [math.inf]}, None, beside]))
        shown = ["NaN", "-Infinity", {"of": ["Infinity"]}, None, beside]
        assert json.loads(text, parse_constant=pytest.fail)[1:] == shown
    assert encode(math.nan) == b'"NaN"'


def test_odd_floats_are_found_in_large_values() -> None:
    """An embedding with NaN is encoded in pieces, with a word for each NaN."""
    numbers = [0.5] * 3_000
    numbers[1_500], numbers[2_999] = math.nan, math.inf
    assert json.loads(encode(snapshot({"embedding": numbers, "text": "null"})))["embedding"][1_500:] == [
        "NaN", *[0.5] * 1_498, "Infinity",
    ]  # fmt: skip


def test_integers_of_any_size_are_stored() -> None:
    """Integers that `str` refuses are stored as hexadecimal text with all digits."""
    assert json.loads(encode(snapshot({"n": 10**5000}))) == {"n": hex(10**5000)}
    assert json.loads(encode(snapshot({"n": -(10**4000)}))) == {"n": -(10**4000)}


@given(json_values)
def test_pieces_give_the_same_text_as_one_call(value: Any) -> None:
    """Encoding in pieces changes only when other threads may run."""
    pieces = json_text._Pieces()
    for part in (value, {"x" * 300: [value] * 300, "y": "é" * 5}):
        pieces.texts.clear()
        pieces.encode(part)
        assert json.loads(b"".join(pieces.texts)) == part


def test_large_values_are_encoded_in_pieces() -> None:
    """A string, list or object of 2 MB is never encoded in one call."""
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
    """Has the methods of a pydantic model."""

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


class Attrs:
    """Has the fields of a class of the attrs library."""

    __slots__ = ("a", "b")
    __attrs_attrs__ = (types.SimpleNamespace(name="a"), types.SimpleNamespace(name="b"))

    def __init__(self) -> None:
        self.a, self.b = 1, [2]


class Secret:
    """Like pydantic's SecretStr: only `get_secret_value` returns the text."""

    def __init__(self, value: str) -> None:
        self._secret_value = value

    def __repr__(self) -> str:
        return "Secret('****')"


class Array:
    """Like an array of numpy or torch: its elements need not be JSON values."""

    dtype = "float32"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def item(self) -> int:
        return 7

    def tolist(self) -> list[Any]:
        assert self.shape == (2, 2), "a large array must not become a list"
        return [[1, 2], [datetime.date(2026, 11, 22), Decimal("0.5")]]


class Table:
    """Like a DataFrame of pandas."""

    columns = ("a", "b")

    def __init__(self, rows: int) -> None:
        self.shape = (rows, 2)

    def __getitem__(self, column: str) -> range:
        return range(self.shape[0])


Array.__module__, Table.__module__ = "torch", "pandas.core.frame"


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
        (Decimal("0.10"), "0.10"),
        (datetime.timedelta(seconds=90), "0:01:30"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (deque([1, {2}]), [1, [2]]),
        (Attrs(), {"a": 1, "b": [2]}),
        (Secret("x"), "Secret('****')"),
        (range(3), "range(0, 3)"),
        (Array(()), 7),
        (Array((2, 2)), [[1, 2], ["2026-11-22", "0.5"]]),
        (Array((512, 768)), "<torch.Array shape=(512, 768) dtype=float32>"),
        (Table(2), {"a": [0, 1], "b": [0, 1]}),
        (Table(10_000), "<pandas.Table shape=(10000, 2) columns=['a', 'b']>"),
        (ValueError("bad"), "ValueError: bad"),
        (Hostile(), "<Hostile that cannot be shown>"),
        (int, "<class builtins.int>"),
        (len, "<function builtins.len>"),
    ],
)
def test_every_object_has_a_readable_form(value: Any, shown: Any) -> None:
    """The form follows from the type and its methods."""
    assert snapshot(value) == shown
    assert json.loads(encode(snapshot({"deep": [value]}))) == {"deep": [shown]}


def test_cycles_end() -> None:
    """A value that contains itself is replaced by a note where the cycle closes."""
    loop: list[Any] = [1]
    loop.append(loop)
    assert "<list in a cycle>" in encode(snapshot(loop)).decode()
    straight: list[Any] = []
    for _ in range(2 * MAX_DEPTH):
        straight = [straight]
    assert f"<list below {MAX_DEPTH} levels>" in encode(snapshot(straight)).decode()


@dataclasses.dataclass(eq=False)
class Node:
    """A tree whose nodes refer to their parents."""

    name: str
    parent: Node | None = None
    children: list[Node] = dataclasses.field(default_factory=list)


def test_graphs_with_many_paths_are_copied_in_bounded_time() -> None:
    """Nodes that all refer to each other take the time of a bounded number of copies."""
    root = Node("root")
    root.children = [Node(f"child {number}", root) for number in range(5)]
    shown = snapshot(root)
    assert [child["name"] for child in shown["children"]] == [f"child {number}" for number in range(5)]
    everyone: list[dict[str, Any]] = [{"n": number} for number in range(30)]
    for one in everyone:
        one["others"] = [other for other in everyone if other is not one]
    text = encode(snapshot(everyone)).decode()
    assert "<dict in a cycle>" in text
    assert "<dict shown before>" in text or "<list shown before>" in text
    assert len(text) < 2_000_000


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=60))
def test_any_graph_has_a_snapshot_that_json_takes(edges: list[tuple[int, int]]) -> None:
    """The copy of any graph is a tree that contains each node."""
    nodes: list[dict[str, Any]] = [{"n": number, "to": []} for number in range(12)]
    for start, end in edges:
        nodes[start]["to"].append(nodes[end])
    text = encode(snapshot(nodes)).decode()
    shown = json.loads(text)
    assert len(shown) == 12
    assert all(node == "<dict shown before>" or node["n"] == number for number, node in enumerate(shown))
    assert all(f'"n":{number},' in text for number in range(12))


def test_deep_values_without_cycles_are_copied_whole() -> None:
    """A shared container is not a cycle: it is copied at each place."""
    shared = {"role": "user"}
    value: Any = [shared, shared]
    for level in range(MAX_DEPTH // 2):
        value = {"level": level, "inner": value, "also": shared}
    assert snapshot(value) == value


def test_long_reprs_are_cut_with_a_note() -> None:
    """A huge repr is truncated, with a note."""
    shown = snapshot(Shouting())
    assert len(shown) < MAX_REPR_CHARS + 100
    assert "1000000 characters" in shown


def test_snapshot_shares_no_container_with_its_source() -> None:
    """Later changes by the host do not affect a snapshot."""
    source: dict[str, Any] = {"list": [1, [2]], "dict": {"a": {}}, "long": list(range(100))}
    taken = snapshot(source)
    before = pickle.dumps(taken)
    source["list"][1].append(3)
    source["dict"]["a"]["b"] = 1
    source["long"].append(1)
    assert pickle.dumps(taken) == before


def test_iterators_are_not_consumed() -> None:
    """The traced function consumes its iterators, generators and files itself."""
    sources = [iter([1, 2]), (n for n in [1, 2]), map(int, [1, 2]), zip([1], [2], strict=True), itertools.count()]
    file = io.StringIO("text")
    for value in [*sources, file, {"nested": [sources[0], file]}]:
        json.loads(encode(snapshot(value)))
    assert [list(itertools.islice(source, 2)) for source in sources] == [[1, 2], [1, 2], [1, 2], [(1, 2)], [0, 1]]
    assert file.read() == "text"


class Everything:
    """Has every attribute, like a mock or a remote proxy. Calling one fails."""

    def __getattr__(self, name: str) -> Any:
        def fails(*_: Any, **__: Any) -> Any:
            raise RuntimeError(name)

        return fails


class Proxy:
    """Has every attribute, like a remote object, and records each access."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return lambda *_, **__: "an answer"

    def __call__(self) -> str:
        raise AssertionError


def test_no_attribute_of_a_remote_proxy_is_read() -> None:
    """A remote proxy is recognised by its type. Reading an attribute would be a remote call."""
    proxy = Proxy()
    json.loads(encode(snapshot({"proxy": proxy})))
    assert proxy.asked == []


@pytest.mark.parametrize(
    "make", [mock.Mock, mock.MagicMock, mock.AsyncMock, lambda: mock.MagicMock(spec=dict), lambda: mock.Mock(spec=list)]
)
def test_mocks_see_no_call(make: Any) -> None:
    """A mock that is an argument of a traced function records only the calls of the test."""
    value = make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a coroutine of an AsyncMock that nobody awaits
        shown = snapshot({"mock": value})["mock"]
        gc.collect()
    assert "Mock" in shown
    assert value.mock_calls == value.method_calls == []


class LyingDict(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("no items")

    def __iter__(self) -> Any:
        raise RuntimeError("no keys")


class Undumpable:
    def model_dump(self) -> dict[str, Any]:
        raise RuntimeError("no dump")


class Recursive:
    def __repr__(self) -> str:
        return repr(self)


@pytest.mark.parametrize(
    "value", [Everything(), LyingDict(a=1), Undumpable(), Recursive(), {Hostile(): 1}, [Hostile()]]
)
def test_hostile_objects_cost_their_own_text_only(value: Any) -> None:
    """A value whose repr fails becomes the name of its type. Its siblings are unchanged."""
    shown = snapshot({"before": 1, "it": value, "after": [2]})
    json.loads(encode(shown))
    assert (shown["before"], shown["after"]) == (1, [2])


class Quitting:
    """Raises `error` in its repr."""

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error

    def __repr__(self) -> str:
        raise self._error


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, BaseException])
def test_a_repr_that_raises_is_kept_from_the_program(error: type[BaseException]) -> None:
    """For any class of exception, a note replaces the value."""
    assert snapshot([Quitting(error), 1]) == ["<Quitting that cannot be shown>", 1]
    assert snapshot({"error": ValueError(Quitting(error))}) == {"error": "<ValueError that cannot be shown>"}


class TimeIsUp(Exception):
    pass


@pytest.mark.parametrize("raised", [TimeIsUp, SystemExit, KeyboardInterrupt])
def test_exceptions_of_signal_handlers_reach_the_program(raised: type[BaseException]) -> None:
    """A time limit, or the exit for SIGTERM, is not swallowed with exceptions of a repr."""

    class Interrupted:
        def __repr__(self) -> str:
            os.kill(os.getpid(), signal.SIGUSR1)
            return "not interrupted"

    def handler(*_: Any) -> None:
        raise raised

    former = signal.signal(signal.SIGUSR1, signal.default_int_handler if raised is KeyboardInterrupt else handler)
    try:
        with pytest.raises(raised):
            snapshot([Interrupted()])
    finally:
        signal.signal(signal.SIGUSR1, former)


class Endless(Mapping[str, Any]):
    """A mapping that produces entries forever, each of them such a mapping again."""

    def __getitem__(self, key: str) -> Any:
        return Endless()

    def __iter__(self) -> Iterator[str]:
        return map(str, itertools.count())

    def __len__(self) -> int:
        return 2


class Lazy(list[int]):
    """A list that produces items forever when it is read, whatever its length."""

    def __iter__(self) -> Iterator[int]:
        return itertools.count()

    def __len__(self) -> int:
        return 1 << 60


@dataclasses.dataclass
class Branching:
    """Each field returns a new object with two fields."""

    left: Any = None
    right: Any = None

    def __getattribute__(self, name: str) -> Any:
        return Branching() if name in ("left", "right") else super().__getattribute__(name)


def test_endless_values_are_truncated() -> None:
    """Lazy sequences and mappings are read up to a limit, whatever their length. A note marks the end."""
    lazy = snapshot(Lazy())
    assert (lazy[:3], lazy[-1], len(lazy)) == ([0, 1, 2], "<and more>", MAX_LAZY_ITEMS + 1)
    for endless in (Endless(), Branching(), [Endless(), Lazy()]):
        shown = encode(snapshot(endless)).decode()
        assert "and more" in shown or f"more than {MAX_OBJECTS} objects" in shown
    assert snapshot(OrderedDict.fromkeys(range(MAX_LAZY_ITEMS + 10)))[str(MAX_LAZY_ITEMS + 9)] is None


def test_a_huge_list_is_copied_as_far_as_it_can_be_stored() -> None:
    """Items beyond the limit of a stored value are not copied."""
    shown = snapshot([1] * (MAX_ITEMS + 7))
    assert (len(shown), shown[-1]) == (MAX_ITEMS + 1, "<and 7 more>")


def test_a_pydantic_model_with_unexpected_types_is_copied_without_a_warning() -> None:
    """pydantic would warn on stderr, or raise if warnings are errors. A `model_dump` of the host is called."""
    pydantic = pytest.importorskip("pydantic")
    city: Any = type("City", (pydantic.BaseModel,), {"__annotations__": {"name": str}})

    class Own(city):  # type: ignore[misc]
        def model_dump(self) -> dict[str, Any]:
            return {"own": True}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert snapshot(city.model_construct(name=5)) == {"name": 5}
        assert snapshot(Own(name="x")) == {"own": True}


def test_a_model_whose_properties_or_serializers_raise_is_shown_by_its_fields() -> None:
    """A deprecated property is not read: it would warn, or raise if warnings are errors."""
    pydantic = pytest.importorskip("pydantic")

    class Inner(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        size: int = 1

        @pydantic.computed_field(deprecated="use size")  # type: ignore[prop-decorator, untyped-decorator, unused-ignore]
        @property
        def length(self) -> int:
            return self.size

    class Outer(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        inner: Inner = Inner()
        name: str = "a"

        @pydantic.field_serializer("name")  # type: ignore[untyped-decorator, unused-ignore]
        def fails(self, value: str) -> str:
            raise SystemExit(value)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert snapshot(Inner()) == {"size": 1}
        assert snapshot(Outer()) == {"inner": {"size": 1}, "name": "a"}


def test_a_long_array_is_copied_without_its_repr() -> None:
    """The repr would contain every number."""
    assert snapshot(array("d", [0.5, 1.0])) == [0.5, 1.0]
    assert len(snapshot(array("b", bytes(MAX_ITEMS + 7)))) == MAX_ITEMS + 1


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, RecursionError])
def test_labels_whose_text_raises_are_kept_from_the_program(error: type[BaseException], recorded: Recorded) -> None:
    """Tags, metadata and names of attributes become the name of their type."""
    odd = Quitting(error)
    with tracer.start_span("s") as span:
        tracer.update_current_trace(tags={"t": odd}, metadata={"m": odd}, session_id=odd)  # type: ignore[arg-type]
        span.set_attribute(odd, 1)  # type: ignore[arg-type]
        tracer.set_trace_tag(span.trace_id, "later", odd)
    tracer.flush()
    trace = tracer.get_trace(span.trace_id)
    assert trace is not None
    assert (trace.info.tags["t"], trace.info.tags["later"], trace.info.trace_metadata["m"]) == ("<Quitting>",) * 3
    assert trace.data.spans[0].attributes["<Quitting>"] == 1
