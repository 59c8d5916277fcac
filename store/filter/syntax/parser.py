"""Text to tree, without recursion: a stack of open brackets, each with the branches of its `or`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..fields.bind import bind_leaf
from ..tree.errors import FilterError
from ..tree.nodes import (
    Node,
    Query,
    SpanSet,
    conjunction,
    disjunction,
    has_span_set,
    negation,
)
from .conditions import CONDITION, read_condition
from .habits import begin, check_stages, last_while
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
MAXCONDITIONS = 300
"""Conditions in one filter."""

MAX_RELATIONS = 8
"""Relations in a row: `{a} >> {b} >> {c}` are two."""

_KEYWORD = re.compile(r"(and|or|not)(?=[\s(){}\"'`!|-]|\Z)", re.IGNORECASE)
_DENIAL = re.compile(r"-(?=[^\W\d]|[\"'`({*])|!(?![=~><])")
_RELATION = re.compile(r"!?(?:>>|<<|>|<)|!?~")
_SURROGATE = re.compile("[\ud800-\udfff]")


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
        begin(scan)
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
            raise FilterError(f"`{frame.awaited_by}` needs a condition behind it", self.scan.at, CONDITION)
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
            raise FilterError("a condition is missing here", column, CONDITION)
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
            raise FilterError(f"`{word}` needs a condition before it", column, CONDITION)
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
        check_stages(scan)
        leaf = last_while(scan) or read_condition(scan, mark)
        self.conditions += 1
        if self.conditions > MAXCONDITIONS:
            raise FilterError(f"more than {MAXCONDITIONS} conditions", scan.at)
        frame.add(bind_leaf(leaf), 1)  # at once, so that the first error from the left is the one that is raised


def _relations(found: SpanSet) -> int:
    count = 0
    while found.left is not None:
        count, found = count + 1, found.left
    return count
