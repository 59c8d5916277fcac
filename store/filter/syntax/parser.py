"""Text to tree, without recursion: a stack of open brackets, each with the branches of its `or`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..fields.kinds import Attribute
from ..fields.resolve import resolve
from ..sql.conditions import Context
from ..sql.place import Parameters
from ..tree.errors import FilterError
from ..tree.nodes import (
    Compare,
    Flag,
    Leaf,
    Name,
    Node,
    Query,
    SpanSet,
    Text,
    Value,
    conjunction,
    disjunction,
    has_span_set,
    negation,
)
from .operands import field_name, right_side, scoped_name
from .scanner import Scanner
from .stages import read_stages

MAX_LENGTH = 20_000
"""Characters of a filter."""
MAX_OPEN = 500
"""Brackets open at a time."""
MAX_NESTING = 16
"""Changes between `and`, `or` and `not` on the way to a condition; SQLite's own parser holds 20 to 40."""
MAX_NESTING_IN_STAGES = 7
"""The same where a stage asks the condition within a question of its own."""
MAX_CONDITIONS = 300
"""Conditions in one filter."""

MAX_RELATIONS = 8
"""Relations in a row: `{a} >> {b} >> {c}` are two."""

_CONDITION = ("a condition such as ttft > 500ms", "a word to find")
_KEYWORD = re.compile(r"(and|or|not)(?=[\s(){}\"'`!|-]|\Z)", re.IGNORECASE)
_DENIAL = re.compile(r"-(?=[^\W\d]|[\"'`({*])|!(?![=~><])")
_RELATION = re.compile(r"!?(?:>>|<<|>|<)|!?~")
_CALL = re.compile(r"(?:count|sum|avg|min|max|p50|p90|p95|p99|by|sort)\s*\(", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_KNOWN_BARE = re.compile(r"\s+(in|is)(?=\s|\Z)", re.IGNORECASE)


@dataclass(slots=True)
class _Frame:
    # An open bracket: what was read in it so far.
    opener: str
    column: int
    branches: list[list[Node]] = field(default_factory=lambda: [[]])
    depths: list[int] = field(default_factory=lambda: [0])
    denied: bool = False
    awaited_by: str = ""
    related: tuple[str, SpanSet, int] | None = None
    """The relation that waits for the set on its right, the set on its left, and how deep that is."""

    def add(self, node: Node, depth: int) -> None:
        if self.denied:
            node, depth = negation(node), depth + 1
        self.branches[-1].append(node)
        self.depths.append(depth)
        self.denied, self.awaited_by = False, ""

    def closed(self) -> tuple[Node | None, int]:
        if not self.branches[-1]:
            return None, 0
        depth = max(self.depths) + any(len(branch) > 1 for branch in self.branches) + (len(self.branches) > 1)
        return disjunction([conjunction(branch) for branch in self.branches]), depth


def parse(text: str) -> Query:
    """The filter `text` as a tree; the empty text matches everything.

    Raises FilterError, and nothing else, for any text that is no filter.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"a filter can have {MAX_LENGTH:,} characters", MAX_LENGTH)
    if half := _SURROGATE.search(text):
        raise FilterError("half a character (a lone surrogate) stands here", half.start())
    parser = _Parser(text)
    query = Query(parser.root(), read_stages(parser.scan), text)
    if parser.depth > MAX_NESTING_IN_STAGES and (query.of_traces or query.sort):
        message = f"and, or and not change more than {MAX_NESTING_IN_STAGES} times on the way inwards, before a stage"
        raise FilterError(message, query.stages[0].column)
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self.scan = Scanner(text)
        self.frames = [_Frame("", 0)]
        self.conditions = 0
        self.depth = 0

    def root(self) -> Node | None:
        scan = self.scan
        while True:
            scan.skip_space()
            frame = self.frames[-1]
            mark = scan.peek()
            if not mark or (mark == "|" and scan.peek(2) != "||" and not frame.opener):
                if frame.opener:
                    closing = ")" if frame.opener == "(" else "}"
                    raise FilterError(f"the {frame.opener} that opens here is never closed", frame.column, (closing,))
                return self._finish(frame)
            if mark in ")}":
                self._close(mark)
            elif not self._connective(frame):
                self._operand(frame, mark)

    def _finish(self, frame: _Frame) -> Node | None:
        if frame.awaited_by:
            raise FilterError(f"`{frame.awaited_by}` needs a condition behind it", self.scan.at, _CONDITION)
        node, depth = frame.closed()
        self.depth = max(self.depth, depth)
        if depth > MAX_NESTING:
            raise FilterError(f"and, or and not change more than {MAX_NESTING} times on the way inwards", frame.column)
        return node

    def _close(self, mark: str) -> None:
        frame, column = self.frames[-1], self.scan.at
        opener = "(" if mark == ")" else "{"
        if frame.opener != opener:
            if frame.opener:
                raise FilterError(f"{mark} closes nothing, {frame.opener} is open", column)
            raise FilterError(f"{mark} closes nothing that was opened", column)
        if not frame.branches[-1] and (opener == "(" or frame.awaited_by or len(frame.branches) > 1):
            raise FilterError("a condition is missing here", column, _CONDITION)
        node = self._finish(frame)
        _, depth = frame.closed()
        self.frames.pop()
        self.scan.at += 1
        if opener == "(":
            assert node is not None
            self.frames[-1].add(node, depth)
            return
        if node is not None and has_span_set(node):
            raise FilterError("a {...} cannot stand inside another", frame.column)
        outer = self.frames[-1]
        found = SpanSet(node)
        if outer.related is not None:
            relation, left, left_depth = outer.related
            found, depth, outer.related = SpanSet(node, relation, left), max(depth + 1, left_depth), None
        column = self.scan.at
        if relation := self._relation():
            if _relations(found) >= MAX_RELATIONS:
                raise FilterError(f"more than {MAX_RELATIONS} relations in a row", column)
            outer.related = relation, found, depth
        else:
            outer.add(found, depth)

    def _relation(self) -> str:
        # What relates the set that was closed to another one; "" when the set stands alone.
        scan, at = self.scan, self.scan.at
        scan.skip_space()
        column = scan.at
        relation = _RELATION.match(scan.text, scan.at)
        if relation is None:
            scan.at = at
            return ""
        scan.at = relation.end()
        scan.skip_space()
        if scan.peek() != "{":
            raise FilterError(f"`{relation[0]}` stands between two {{...}}", scan.at if scan.peek() else column, ("{",))
        return relation[0]

    def _connective(self, frame: _Frame) -> bool:
        """Read `and`, `or` or `not`, in words or signs."""
        scan, column = self.scan, self.scan.at
        if keyword := _KEYWORD.match(scan.text, scan.at):
            word = keyword[1].lower()
            scan.at = keyword.end()
        elif scan.take("&&"):
            word = "and"
        elif scan.take("||"):
            word = "or"
        elif denial := _DENIAL.match(scan.text, scan.at):
            word = "not"
            scan.at = denial.end()
        elif scan.peek() == "|":
            raise FilterError("a stage stands behind the whole filter, not in brackets", column, ("||", "or"))
        else:
            return False
        if word == "not":
            frame.denied = not frame.denied
            frame.awaited_by = frame.awaited_by or "not"
            return True
        if frame.awaited_by or not frame.branches[-1]:
            raise FilterError(f"`{word}` needs a condition before it", column, _CONDITION)
        frame.awaited_by = word
        if word == "or":
            frame.branches.append([])
        return True

    def _operand(self, frame: _Frame, mark: str) -> None:
        scan = self.scan
        if mark in "({":
            if len(self.frames) > MAX_OPEN:
                raise FilterError(f"more than {MAX_OPEN} brackets are open", scan.at)
            self.frames.append(_Frame(mark, scan.at))
            scan.at += 1
            return
        leaf = self._leaf(mark)
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise FilterError(f"more than {MAX_CONDITIONS} conditions", scan.at)
        _check(leaf)
        frame.add(leaf, 1)

    def _leaf(self, mark: str) -> Leaf:
        scan, column = self.scan, self.scan.at
        if _CALL.match(scan.text, scan.at):
            raise FilterError("this is a stage and stands behind |", column, ("| count() > 10", "| by(model)"))
        if mark in "\"'":
            text = scan.quoted()
            if mark == '"' and (op := self._operator()):
                return self._comparison(Name("", text, column), *op)
            self._no_operator("in quotes only a phrase to find, or a field in double quotes or backticks")
            return Text(text, column)
        if mark == "`":
            name = Name("", scan.quoted(), column)
            if not (op := self._operator()):
                raise FilterError("a field needs a comparison behind it", scan.at, ("=", ">", "~", "is null"))
            return self._comparison(name, *op)
        word = scan.word()
        if not word:
            raise FilterError(f"`{scan.peek(2).strip()}` needs a field before it", column, _CONDITION)
        if word.casefold() in ("is", "has") and scan.peek() in (":", "("):
            return self._flag(word.casefold(), column) if scan.peek() == ":" else self._has(word.casefold(), column)
        if op := self._operator():
            return self._comparison(scoped_name(word, column), *op)
        self._no_half_operator(word, column)
        return Text(word.strip("*"), column)

    def _flag(self, word: str, column: int) -> Leaf:
        self.scan.at += 1
        if word == "has":
            return self._present(field_name(self.scan, "has:", ("has:user.id", "has:error")), column)
        at = self.scan.at
        flag = self.scan.word()
        if not flag:
            raise FilterError("is: needs a flag", at, ("is:error", "is:running", "is:root"))
        return Flag(flag.casefold(), at)

    def _has(self, word: str, column: int) -> Leaf:
        if word == "is":
            raise FilterError("is: needs a flag", self.scan.at, ("is:error", "is:running"))
        opened = self.scan.at
        self.scan.at += 1
        self.scan.skip_space()
        name = field_name(self.scan, "has:", ("has:user.id", "has:error"))
        self.scan.skip_space()
        if not self.scan.take(")"):
            raise FilterError("the ( that opens here is never closed", opened, (")",))
        return self._present(name, column)

    def _present(self, name: Name, column: int) -> Leaf:
        return Compare(name, "is not null", (), column)

    def _no_operator(self, message: str) -> None:
        at = self.scan.at
        if self.scan.operator():
            raise FilterError(f"{message} can stand left of a comparison", at)

    def _no_half_operator(self, word: str, column: int) -> None:
        # `kind in LLM` and `status is error` would search for three words.
        half = _KNOWN_BARE.match(self.scan.text, self.scan.at)
        if half and not isinstance(resolve(scoped_name(word, column)), Attribute):
            expected = ("in (a, b)",) if half[1].lower() == "in" else ("is null", "is not null", "=", "is:error")
            raise FilterError(f"`{half[1]}` is not finished", half.start(1), expected)

    def _operator(self) -> tuple[str, int] | None:
        # The operator that comes next, and where it stands.
        at = self.scan.at
        if (op := self.scan.operator()) is None:
            return None
        written = self.scan.text[at : self.scan.at]
        return op, at + len(written) - len(written.lstrip())

    def _comparison(self, name: Name, op: str, column: int) -> Leaf:
        scan = self.scan
        if op in ("is null", "is not null"):
            return Compare(name, op, (), column)
        if op in ("in", "not in"):
            return Compare(name, op, self._list(), column)
        first = right_side(scan, name, ":" if scan.text[column : column + 1] == ":" else op)
        if op in ("between", "not between"):
            scan.skip_space()
            word = _KEYWORD.match(scan.text, scan.at)
            if word is None or word[1].lower() != "and":
                raise FilterError("between needs two values", scan.at, ("and",))
            scan.at = word.end()
            return Compare(name, op, (first, right_side(scan, name, "and")), column)
        if op in ("=", "!=") and not first.quoted and first.text.casefold() == "null":
            return Compare(name, "is null" if op == "=" else "is not null", (), column)
        return Compare(name, op, (first,), column)

    def _list(self) -> tuple[Value, ...]:
        scan = self.scan
        scan.skip_space()
        opened = scan.at
        scan.at += 1
        values = []
        while True:
            values.append(right_side(scan, None, "in ("))
            scan.skip_space()
            if scan.take(")"):
                return tuple(values)
            if not scan.take(","):
                if not scan.peek():
                    raise FilterError("the ( that opens here is never closed", opened, (")",))
                raise FilterError("values of a list stand between commas", scan.at, (",", ")"))
            if len(values) >= MAX_CONDITIONS:
                raise FilterError(f"more than {MAX_CONDITIONS} values", scan.at)


def _relations(found: SpanSet) -> int:
    count = 0
    while found.left is not None:
        count, found = count + 1, found.left
    return count


def _check(leaf: Leaf) -> None:
    # Whatever is wrong with a condition shows when it is compiled, and the person is typing now.
    Context({}, Parameters(0, "[]")).condition(leaf)
