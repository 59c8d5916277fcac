"""Secrets that a text gives a name: `NAME=value`, `name: value`, `name = "value"`, `<name>value</name>`, `?key=value`.

The text is searched for separators that stand behind the end of a telling name; `secret_names` then reads the whole
name, and what follows is looked at as the form demands. Everything takes and gives bytes and places in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from . import secret_names, secret_values
from .secret_names import Tells

_ENDS = (
    rb"word|sswd|wort|cret|rets|okie|kies|oken|kens|reds|enha|rase|ases|tial|ials|_str|nstr|onid|onic|auth|pass|pwds|keys|_pat"
    rb"|arer|.(?:key|pwd|jwt|dsn|otp|psk|cvv|cvc|pin|_pw|sid|e64|b64|[ydtns](?:\d\d|[_.-]\d))|..[ydtns]\d|[ydtns][_.-]\d\d"
)
"""How telling names end, in four characters."""
_ENDS_OF_WORDS = rb"code|odes|ring|alue|hash|ords|tion|firm"
"""The same of those that end as many words do, of which `_LONGER_ENDS` tell more."""
_LONGER_ENDS = (
    rb"(?:ss|th|fa|on|ty|tp|me|in)code|d_hash",
    rb"(?:th|fa|on|ty|tp|me|in)[_. -]code|[nt]string|[tdyn]_value|[yp]_codes|y_words|c_words",
    rb"[nt][_. -]string|_confirm",
    rb"firmation",
    rb"uthorization",
)
"""By their length."""
_FIRST_ENDS = rb"pwd|jwt|dsn|otp|psk|cvv|cvc|pin"
"""Names so short that a text which begins with one has no four characters."""

_LETTERS = re.compile(rb"\\.|\(\?:|(\[[^\]]*\]|[a-z])")
"""Of a pattern, but for its syntax."""


def behind(separator: bytes, closing: bytes = b"") -> bytes:
    """A pattern of what stands before a separator, its own place included: the end of a telling name, and what closes it."""
    after = closing + separator
    longer = b"|".join(map(partial(_before, after), _LONGER_ENDS))
    return rb"(?:%s|%s(?:%s)|%s)" % (
        _before(after, _ENDS),
        _before(after, _ENDS_OF_WORDS),
        longer,
        _before(after, rb"\A(?:" + _FIRST_ENDS + rb")"),
    )


def _before(after: bytes, ends: bytes) -> bytes:
    return rb"(?<=(?:%s)%s)" % (_LETTERS.sub(_in_both_cases, ends), after)


def _in_both_cases(found: re.Match[bytes]) -> bytes:
    """A class in the place of a letter: many times as fast as the flag for it."""
    if found[1] is None:
        return found[0]
    letters = found[1].strip(b"[]")
    return b"[" + letters + letters.upper() + b"]"


_COLON = re.compile(
    rb":(?<!\":)(?:(?<=[A-Za-z0-9]:)%s|(?<=[A-Za-z0-9] :)%s|(?<=\*:)%s|(?<=`:)%s|(?=(?:\d{4,5}|\*):[^\s:\"']{1,64}:[^\s:\"']{1,64}:))"
    % (behind(b":"), behind(b":", b" "), behind(b":", rb"\*\*"), behind(b":", b"`")),
    re.DOTALL,
)
"""The quotes of keys in JSON are for `secret_text`."""
_EQUALS = re.compile(
    rb"=(?:(?<=[A-Za-z0-9]=)(?:%s|%s)|(?<=[A-Za-z0-9] =)%s|(?<=[\"'\])`:]=)|(?<=[\"'\])`:] =))"
    % (
        behind(b"="),
        b"|".join(_before(b"=", ends) for ends in (rb"[&?;]sig|[&?;]key", rb"[&?;]code", rb"nature")),
        behind(b"=", b" "),
    ),
    re.DOTALL,
)
_TAG = re.compile(rb">(?<=[A-Za-z0-9]>)%s" % behind(b">"), re.DOTALL)

NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_CLOSING = b"\"'`*])\\:"
"""Between a name and its separator."""
_BEFORE_BYTES = 96
"""Of a name and the word before it."""
_LINE_BYTES = 4_096
"""Of a line that are looked at; a longer value goes to the end of its word."""

_SECOND_WORDS = frozenset(("key", "keys", "code", "phrase", "words", "string"))
"""Words that tell more together with the word before them: `API key`."""
_PARAMETERS = frozenset(("sig", "signature", "code", "key", "x-amz-signature", "x-goog-signature"))
"""Of URLs; elsewhere these name other things."""
_PHRASE = re.compile(r"(?i)phrase$|mnemonic$|words$")
_BARE_SECRET = frozenset(("secret", "secrets", "credential", "credentials", "authorization"))
"""Names that are words of prose as well: what follows must not look like one."""

_AFTER_EQUALS = re.compile(rb"=*[>~]?[ \t]*")
_AFTER_COLON = re.compile(rb"(?:\*\*)?[ \t]*(?:[`*]{1,2}(?=\S))?")
_LINE_END = re.compile(rb"[\r\n]|\\+[nr]")
_TEMPLATE = re.compile(
    rb"(?:<[^<>\r\n]{0,64}>|\$?\{\{?[^{}\r\n]{0,64}\}\}?|\$\([^()\r\n]{0,64}\)|\[[^\[\]\r\n]{0,64}\])(?![A-Za-z0-9])"
)
"""Where a value is to be put in."""
_TYPE = re.compile(rb"[A-Za-z_][\w.]{0,40}(?:\[[\w, .|\[\]]{0,40}\])?(?:[ \t]*\|[ \t]*\w{1,40})?[ \t]*=[ \t]*(?=[bBrRuU]?\\*[\"'])")
"""Between a name and the text that code gives it."""
_QUOTE = re.compile(rb"[bBrRuU]{0,2}(\\*[\"'`])")
_BARE = re.compile(rb"(?:[^\s\"'`\\]|\\(?![nrtu\"'\\]))+")
_NEXT = re.compile(rb"(?:&|&amp;|[;,|])[A-Za-z_][\w .-]{0,40}=")
"""The next of several assignments."""
_LAST = re.compile(rb"[,;.)}\]]*[ \t]{0,8}(?:\Z|[\r\n\"'`<]|\\+[nr\"']|#|//|[,;}\])]|\*\*)")
"""What may stand between a value and the end of its line."""
_PGPASS = re.compile(rb"(?<![^\s\"'n])[A-Za-z0-9_.*-]{1,128}:(?:\d{4,5}|\*):[^\s:\"']{1,64}:[^\s:\"']{1,64}:([^\s\"'`\\]{1,256})")
_TOO_SHORT = 4
"""A bare text with fewer characters is no password."""


def has_marks(text: bytes) -> bool:
    """Whether a separator stands where a telling name may end."""
    return (
        _COLON.search(text) is not None
        or (b"=" in text and _EQUALS.search(text) is not None)
        or (b">" in text and _TAG.search(text) is not None)
    )


def places(text: bytes) -> Iterator[tuple[int, int]]:
    """Where values of telling names are: start and end of each."""
    yield from _after(_COLON, _behind_colon, text)
    if b"=" in text:
        yield from _after(_EQUALS, _behind_equals, text)
    if b">" in text:
        yield from _after(_TAG, _in_tag, text)


def _after(pattern: re.Pattern[bytes], look: Callable[[bytes, int], tuple[int, int] | None], text: bytes) -> Iterator[tuple[int, int]]:
    end = 0
    for found in pattern.finditer(text):
        if found.start() >= end and (place := look(text, found.start())) is not None and place[1] > place[0]:
            yield place
            end = place[1]


def _name_before(text: bytes, position: int) -> tuple[str, int]:
    """The name that ends before a separator, and where it begins."""
    before = text[max(0, position - _BEFORE_BYTES) : position].rstrip(b" \t").rstrip(_CLOSING).rstrip(b" \t")
    start = len(before.rstrip(NAME_CHARS))
    name = before[start:]
    if before[start - 1 : start] == b"\\" and before[start - 2 : start - 1] != b"\\" and name[:1] in (b"n", b"r", b"t"):
        start += 1  # of an escaped line end
    name = before[start:].lstrip(b"-.")
    if name.lower().decode() in _SECOND_WORDS and before[start - 1 : start] == b" ":
        first = before[: start - 1].rstrip(b" ")
        name = first[len(first.rstrip(NAME_CHARS)) :].lstrip(b"-.") + b"_" + name
    return name.decode(), max(0, position - _BEFORE_BYTES) + start


def _line_end(text: bytes, start: int) -> int:
    found = _LINE_END.search(text, start, start + _LINE_BYTES)
    return found.start() if found else min(len(text), start + _LINE_BYTES)


def _quoted(text: bytes, start: int) -> tuple[int, int] | None:
    """The content of quotes that open here; to the end of the line where none closes them."""
    if (opening := _QUOTE.match(text, start)) is None:
        return None
    quote, first = opening[1], opening.end()
    limit = _line_end(text, first)
    at = text.find(quote, first, limit)
    while at > first and text[at - 1 : at] == b"\\" and text[at - 2 : at - 1] != b"\\":
        at = text.find(quote, at + 1, limit)
    return first, limit if at < 0 else at


def _shown(text: bytes, place: tuple[int, int]) -> str:
    return text[place[0] : place[1]].decode("utf-8", "replace")


def _behind_equals(text: bytes, position: int) -> tuple[int, int] | None:
    name, name_start = _name_before(text, position)
    is_parameter = text[max(0, name_start - 1) : name_start] in (b"?", b"&", b";") and name.lower() in _PARAMETERS
    kind = secret_names.kind_of(name) if name else Tells.NOTHING
    if kind is Tells.NOTHING and not is_parameter:
        return None
    found = _AFTER_EQUALS.match(text, position + 1)
    start = found.end() if found else position + 1
    if _TEMPLATE.match(text, start):
        return None
    if (place := _quoted(text, start)) is not None:
        return place if not is_parameter and secret_names.hides(name, _shown(text, place)) else None
    if (bare := _BARE.match(text, start)) is None:
        return None
    is_spaced = text[position - 1 : position] in (b" ", b"\t") or start > position + 1
    in_url = text[max(0, name_start - 1) : name_start] in (b"?", b"&")
    end = _end_of_bare(text, start, bare.end(), in_url=in_url)
    value = _shown(text, (start, end))
    if is_parameter:
        return (start, end) if _is_parameter(name.lower(), value) else None
    if is_spaced:
        return _word_on_line(text, name, kind, start, end)
    return (start, end) if _hides_bare(name, kind, value) else None


def _is_parameter(name: str, value: str) -> bool:
    if secret_values.is_placeholder(value):
        return False
    if name == "code":
        return len(value) >= 16 and secret_values.mixes(value)
    return len(value) >= 16 and not secret_values.is_plain_word(value)


def _end_of_bare(text: bytes, start: int, end: int, *, in_url: bool) -> int:
    """Where a value without quotes ends: before the next parameter, and without what closes a sentence or brackets."""
    if in_url:
        for mark in (b"&", b"#", b"<", b">"):
            at = text.find(mark, start, end)
            end = at if at >= 0 else end
    elif following := _NEXT.search(text, start, end):
        end = following.start()
    at = text.find(b"<", start + 1, end)
    end = at if at >= 0 else end
    kept = text[start:end].rstrip(b")]},.;:>")
    return start + len(kept) if kept else end


def _hides_bare(name: str, kind: Tells, value: str) -> bool:
    """Whether a value right behind an equals sign is a secret, and not code that says whence it comes."""
    if len(value) < _TOO_SHORT or secret_values.is_placeholder(value):
        return False
    if secret_values.is_reference(value):
        return False
    return not _is_variable(name, value) and secret_names.hides(name, value)


def _is_variable(name: str, value: str) -> bool:
    """Whether a value is the name of a variable, as code passes it on: `password=user_password`."""
    if name.isupper():
        return False
    bare, spelled = value.replace("_", "").lower(), name.replace("_", "").lower()
    return secret_values.is_name(value) or spelled.endswith(bare) or bare.endswith(spelled)


def _behind_colon(text: bytes, position: int) -> tuple[int, int] | None:
    if text[position + 1 : position + 2] in (b":", b"=", b"/"):
        return None
    name, name_start = _name_before(text, position)
    kind = secret_names.kind_of(name) if name else Tells.NOTHING
    if kind is Tells.NOTHING:
        return _of_pgpass(text, position)
    found = _AFTER_COLON.match(text, position + 1)
    start = found.end() if found else position + 1
    if typed := _TYPE.match(text, start):
        start = typed.end()
    quote = _opening_before(text, name_start)
    if _TEMPLATE.match(text, start) or (quote and text.startswith(quote, start)):
        return None
    if (place := _quoted(text, start)) is not None and not secret_names.is_authorization(name):
        is_closed = start > position + 1 or place[1] < _line_end(text, place[0])
        return place if is_closed and secret_names.hides(name, _shown(text, place)) else None
    end = _line_end(text, start)
    if quote:
        closing = text.find(quote, start, end)
        end = closing if closing >= 0 else end
    elif kind is Tells.COOKIE or secret_names.is_authorization(name):
        closing = text.find(b'"', start, end)
        if closing >= 0 and b"=" not in text[max(start, closing - 1) : closing]:
            end = closing
    line = text[start : min(end, start + secret_values.LOOKED_AT)].decode("utf-8", "replace")
    hidden = secret_names.hidden_words(name, line)
    if hidden == 2:
        return start, _line_end(text, start) if end - start >= _LINE_BYTES else end
    if (bare := _BARE.match(text, start, max(start, end))) is None:
        return None
    stop = _end_of_bare(text, start, bare.end(), in_url=False)
    if hidden == 1:
        return start, stop
    if kind is Tells.COOKIE or secret_names.is_authorization(name):
        return None
    if _PHRASE.search(name) and len(words := line.split()) > 2 and not secret_values.is_sentence(line):
        return (start, start + len(line.rstrip().encode())) if all(word.isalpha() for word in words) else None
    return _word_on_line(text, name, kind, start, stop)


def _opening_before(text: bytes, start: int) -> bytes | None:
    """The quote that opens right before a name."""
    before = text[max(0, start - 8) : start]
    if before[-1:] not in (b'"', b"'", b"`"):
        return None
    return before[len(before[:-1].rstrip(b"\\")) :]


def _word_on_line(text: bytes, name: str, kind: Tells, start: int, end: int) -> tuple[int, int] | None:
    """A word behind a name and a space, as files of settings and people write it: prose and code have such lines too."""
    value = _shown(text, (start, end))
    if len(value) < _TOO_SHORT or secret_values.is_placeholder(value) or secret_values.is_verdict(value):
        return None
    if secret_values.is_reference(value) or secret_values.is_reference(_shown(text, (start, end + 1))):
        return None
    if kind is not Tells.SECRET:
        is_hidden = secret_names.hides(name, value) and (kind is Tells.CODE or secret_values.is_credential(value))
        return (start, end) if is_hidden else None
    if secret_values.is_strong(value):
        return start, end
    if name.lower() in _BARE_SECRET or _is_variable(name, value) or secret_values.is_word_of_prose(value):
        return None
    return (start, end) if _LAST.match(text, end) and secret_names.hides(name, value) else None


def _of_pgpass(text: bytes, position: int) -> tuple[int, int] | None:
    """The password of a line `host:port:database:user:password`."""
    start = position - len(text[max(0, position - 128) : position]) + len(
        text[max(0, position - 128) : position].rstrip(NAME_CHARS + b"*")
    )
    if text[start - 1 : start] == b"\\":
        start += 1
    found = _PGPASS.match(text, start)
    return found.span(1) if found and not secret_values.is_placeholder(_shown(text, found.span(1))) else None


def _in_tag(text: bytes, position: int) -> tuple[int, int] | None:
    """The text between two tags."""
    name, name_start = _name_before(text, position)
    before = text[max(0, name_start - 2) : name_start]
    if before[-1:] == b"<":
        start = position + 1
        end = text.find(b"<", start, start + _LINE_BYTES)
        end = min(len(text), start + _LINE_BYTES) if end < 0 else end
        if end == len(text):
            end = min(end, _line_end(text, start))
    elif before == b"</" or before[-1:] == b"/":
        end = name_start - 2
        start = text.rfind(b">", max(0, end - _LINE_BYTES), end) + 1
        opening = text.rfind(b"<", max(0, start - _LINE_BYTES), start)
        if start == 0 or not text[opening + 1 : start].lower().startswith(name.lower().encode()):
            return None
    else:
        return None
    value = _shown(text, (start, end))
    return (start, end) if value.strip() and secret_names.hides(name, value) else None
