"""A cursor over the text of a filter: words, quoted text, operators, each with its column."""

from __future__ import annotations

import re

from ..tree.errors import FilterError

_SPACE = re.compile(r"\s+")
_SYMBOL = re.compile(r"!=~|!=|!~|=~|==|=|<>|<=|<|>=|>|~")
_KEYWORD = re.compile(
    r"\s+(?:(?P<negative>not\s+)?(?P<list>in)(?=\s*\()"
    r"|(?P<denied>not\s+)?(?P<word>between|like|ilike|rlike)(?=[\s\"']|\Z)"
    r"|is\s+(?P<present>not\s+)?null(?![^\s(){}|&]))",
    re.IGNORECASE,
)
_SPELLINGS = {"==": "=", "<>": "!="}


class Scanner:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip_space(self) -> None:
        """Move to the next character that is no white space."""
        if space := _SPACE.match(self.text, self.at):
            self.at = space.end()

    def peek(self, length: int = 1) -> str:
        """The next characters, "" at the end."""
        return self.text[self.at : self.at + length]

    def take(self, token: str) -> bool:
        """Move past `token` if it comes next."""
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def matches(self, pattern: re.Pattern[str]) -> bool:
        """Whether `pattern` matches what comes next."""
        return pattern.match(self.text, self.at) is not None

    def operator(self) -> str | None:
        """Move past the operator of a comparison, `>` as well as `not in`, and give its normal spelling."""
        if keyword := _KEYWORD.match(self.text, self.at):
            self.at = keyword.end()
            if word := keyword["list"] or keyword["word"]:
                return f"not {word.lower()}" if keyword["negative"] or keyword["denied"] else word.lower()
            return "is not null" if keyword["present"] else "is null"
        if self.peek() == ":":
            self.at += 1
            return self.symbol() or "="
        start = self.at
        self.skip_space()
        if symbol := self.symbol():
            return symbol
        self.at = start
        return None

    def symbol(self) -> str | None:
        """Move past an operator made of signs."""
        if symbol := _SYMBOL.match(self.text, self.at):
            self.at = symbol.end()
            return _SPELLINGS.get(symbol[0], symbol[0])
        return None

    def word(self, stops: str = "") -> str:
        """A word on the left side: up to a space, a bracket, an operator or one of `stops`.

        A part behind a dot may be quoted.
        """
        start, pieces = self.at, []
        while self.at < len(self.text):
            mark = self.text[self.at]
            behind_dot = self.at > start and self.text[self.at - 1] == "."
            if behind_dot and (mark == "`" or (mark == '"' and self.text.find('"', self.at + 1) > 0)):
                pieces.append(self.quoted())
            elif mark.isspace() or mark in "(){}|=<>~:`" or mark in stops or self.peek(2) in ("&&", "!=", "!~"):
                break
            else:
                pieces.append(mark)
                self.at += 1
        return "".join(pieces)

    def value_word(self, *, in_list: bool) -> str:
        """A bare word on the right side: up to a space or a bracket, in a list up to a comma."""
        start = self.at
        while self.at < len(self.text):
            mark = self.text[self.at]
            if mark.isspace() or mark in "(){}|" or (in_list and mark == ",") or self.peek(2) == "&&":
                break
            self.at += 1
        return self.text[start : self.at]

    def quoted(self) -> str:
        """Text in the quotes that start here; `\\"`, `\\\\` and a doubled quote stand for themselves."""
        start, mark = self.at, self.peek()
        self.at += 1
        pieces = []
        while self.at < len(self.text):
            if self.peek(2) == mark * 2:
                pieces.append(mark)
                self.at += 2
            elif mark != "`" and self.peek(2) in ("\\" + mark, "\\\\"):
                pieces.append(self.text[self.at + 1])
                self.at += 2
            elif self.take(mark):
                return "".join(pieces)
            else:
                pieces.append(self.text[self.at])
                self.at += 1
        raise FilterError(f"the {mark} that opens here is never closed", start, (f"a closing {mark}",))
