"""What a name of the tree can be bound to: a column with a unit, a document, or values found by key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Kind(Enum):
    """What a column holds, in the words of an error message."""

    TEXT = "text"
    CHOICE = "a word"
    ID = "an id"
    NUMBER = "a number"
    DURATION = "a duration"
    TIME = "a time"


@dataclass(frozen=True, slots=True)
class Column:
    """A field with a column or an expression of its own."""

    sql: str
    kind: Kind
    about: str
    of_trace: bool = False
    column_unit_ns: float = 1
    """Durations: nanoseconds in one unit of the expression."""
    bare_unit: str = "ms"
    """Durations and times: the unit of a number typed without one; "" lets the size of a time decide."""
    choices: tuple[str, ...] = ()
    needs_trace: bool = False
    attribute_keys: tuple[str, ...] = ()
    """Attributes whose values come before the expression, first first."""
    cost: int = 1
    """How dear the expression is, for the order in which conditions are tried."""
    words: tuple[tuple[str, str], ...] = ()
    """Words, in small letters, that stand for a condition rather than for a value of the expression."""
    more: str = ""
    """A question for further values, as `value`: a condition holds when one of them fits."""
    only_if: str = ""
    """A quick condition without which there is no value; for fields with `more`."""

    @property
    def is_text(self) -> bool:
        """Whether it is compared as text; else as a number."""
        return self.kind in (Kind.TEXT, Kind.CHOICE, Kind.ID)


@dataclass(frozen=True, slots=True)
class Document:
    """Inputs or outputs as a whole."""

    column: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A raw attribute of the span."""

    key: str


class Store(Enum):
    """Where values are found by key, besides the attributes."""

    TAG = "tag"
    METADATA = "metadata"
    EVENT = "event"
    INPUT = "input"
    OUTPUT = "output"
    FEEDBACK = "feedback"
    EXPECTATION = "expectation"
    ISSUE = "issue"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A value found by key in one of the stores."""

    store: Store
    key: str


@dataclass(frozen=True, slots=True)
class Everywhere:
    """All the text of a span: `span.content`, `trace.text`."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A field of another span: the root or the parent of the one that is looked at."""

    relation: str
    field: Field


Field: TypeAlias = Column | Document | Attribute | Keyed | Everywhere | Relative


def innermost(field: Field) -> Field:
    """The field itself, behind `root.` and `parent.`."""
    while isinstance(field, Relative):
        field = field.field
    return field
