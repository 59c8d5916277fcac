"""Secrets that a text gives a name: `NAME=value`, `name: value`, `name = "value"`, `<name>value</name>`, `?key=value`.

The text is searched for separators that stand behind the end of a telling name; `names` then reads the whole
name, and what follows is looked at as the form demands. Everything takes and gives bytes and places in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import credential_values, names, value_ends
from .lazy_pattern import late
from .name_ends import BEFORE_BYTES, NAME_CHARS, Separator, name_before
from .names import Tells
from .words import ADDRESS_PARAMETERS

_COLON = Separator(b":", b'.{5}[^"]')
"""The quotes of keys in JSON are for `text_scan`."""
_WIDE_COLON = Separator("：".encode())
_EQUALS = Separator(b"=")
_EQUALS_SIGN = ord("=")
_TAG = Separator(b">")

_PARAMETERS = frozenset((*ADDRESS_PARAMETERS, "x-amz-signature", "x-goog-signature"))
_PHRASE = late(r"(?i)phrase$|mnemonic$|words$")
_BARE_SECRET = frozenset(("secret", "secrets", "credential", "credentials", "authorization"))
"""Names that are words of prose as well: what follows must not look like one."""

_CDATA = b"<![CDATA["
_AFTER_EQUALS = late(rb"=*[>~]?[ \t]*")
_AFTER_COLON = late(
    rb"(?:\*\*)?[ \t]*(?:[|>][+-]?\d?[ \t]*(?:\r?\n|(?:\\+r)?\\+n)[ \t]+)?(?:[`*]{1,2}(?=\S))?"
    rb"(?:<(?:b|i|em|strong|code|kbd|tt|span|td|dd|pre)>)?"
)
"""What may stand between a colon and the value: the head of a block of YAML's, the marks of Markdown and HTML."""
_TEMPLATE = late(
    rb"(?:<[^<>\r\n]{0,64}>|\$?\{\{?[^{}\r\n]{0,64}\}\}?|\$\([^()\r\n]{0,64}\)|\[[^\[\]\r\n]{0,64}\])(?![A-Za-z0-9])"
)
"""Where a value is to be put in."""
_TYPE = late(
    rb"(?:&(?:'[a-z]{1,16} )?)?[A-Za-z_][\w.]{0,40}(?:\[[\w, .|\[\]]{0,40}\])?(?:[ \t]*\|[ \t]*\w{1,40})?"
    rb"[ \t]*=[ \t]*(?=[bBrRuU]?\\*[\"'])"
)
"""Between a name and the text that code gives it."""
_WRAPPED = late(
    rb"(?:[A-Za-z_][\w.]{0,40}[ \t]*=[ \t]*)?(?:[a-z_]{1,16}\.)?"
    rb"(?:SecretStr|SecretBytes|SecretString|Secret|Some|String|str|bytes|quote|quote_plus|b64encode)"
    rb"(?:::from|\.new|\.of)?\((?=[bBrRuU]?\\*[\"'])"
)
"""Before a text that code makes a value of its own."""
_BRACED = late(rb"\{([^{}\s\"']{4,256})\}(?=[;\"'\s\\]|\Z)")
_FORM_PART = late(
    rb"name="
    rb"\\*\"([A-Za-z0-9_.-]{2,64})\\*\"(?:(?:\r?\n|(?:\\+r)?\\+n)[A-Za-z-]{1,40}:[^\r\n\\]{0,200}){0,3}"
    rb"(?:\r?\n|(?:\\+r)?\\+n){2}([^\r\n\\\"]{1,4096})"
)
"""The name, the headers and the value of a part of a form."""
_NETWORK = late(rb"(?:[^;\s]{0,64};){0,4}?P:((?:\\.|[^;\\\s]){1,128});")
"""The password in a code that joins a network."""
_ENTRY = late(
    rb"(?<![A-Za-z])(?:[Nn]ame|[Kk]ey|id)\\*[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\*[\"']?([A-Za-z0-9_.-]{2,64})"
    rb"(?![A-Za-z0-9_.-])[^<>{}:]{0,100}\Z"
)
_ENTRY_BYTES = 192
"""Between the name and the value of an entry."""
_LAST = late(rb"[,;.)}\]]*[ \t]{0,8}(?:\Z|[\r\n\"'`<]|\\+[nr\"']|#|//|[,;}\])]|\*\*)")
"""What may stand between a value and the end of its line."""
_PGPASS = late(
    rb"(?<![^\s\"'n])[A-Za-z0-9_.*-]{1,128}:(?:\d{4,5}|\*):[^\s:\"']{1,64}:[^\s:\"']{1,64}:([^\s\"'`\\]{1,256})"
)
_HOST_BYTES = 128
_TOO_SHORT = 4
"""A bare text with fewer characters is no password."""


def has_marks(text: bytes) -> bool:
    """Whether a separator stands where a telling name may end."""
    return (
        _COLON.is_behind_name(text)
        or _EQUALS.is_behind_name(text)
        or _TAG.is_behind_name(text)
        or _WIDE_COLON.is_behind_name(text)
        or _holds_form(text)
    )


def _holds_form(text: bytes) -> bool:
    return _EQUALS_SIGN in text and text.find(b"form-data") >= 0


def places(text: bytes) -> Iterator[tuple[int, int]]:
    """Where values of telling names are: start and end of each."""
    for separator, look in _LOOKS:
        end = 0
        for position in separator.positions(text):
            if position >= end and (place := look(text, position)) is not None and place[1] > place[0]:
                end = value_ends.whole(text, *place)
                yield place[0], end
    if _holds_form(text):
        for part in _FORM_PART.finditer(text):
            if names.hides(part[1].decode(), _shown(text, part.span(2))):
                yield part.span(2)


def _name_of_entry(text: bytes, start: int) -> str:
    """The name that an entry of a manifest, or a tag, gives the value whose own name begins here."""
    found = _ENTRY.search(text, max(0, start - _ENTRY_BYTES), start)
    return found[1].decode() if found else ""


def _shown(text: bytes, place: tuple[int, int]) -> str:
    return text[place[0] : place[1]].decode("utf-8", "replace")


def _behind_equals(text: bytes, position: int) -> tuple[int, int] | None:
    name, name_start = name_before(text, position)
    if name.lower() == "value":
        name = _name_of_entry(text, name_start)
    is_parameter = text[max(0, name_start - 1) : name_start] in (b"?", b"&", b";") and name.lower() in _PARAMETERS
    kind = names.kind_of(name) if name else Tells.NOTHING
    if kind is Tells.NOTHING and not is_parameter:
        return None
    found = _AFTER_EQUALS.match(text, position + 1)
    start = found.end() if found else position + 1
    if wrapped := _WRAPPED.match(text, start):
        start = wrapped.end()
    if (braced := _BRACED.match(text, start)) and text[name_start - 1 : name_start] == b";":  # of ODBC
        return braced.span(1)
    if _TEMPLATE.match(text, start):
        return None
    if (place := value_ends.quoted(text, start)) is not None:
        return place if not is_parameter and names.hides(name, _shown(text, place)) else None
    if (bare := value_ends.BARE.match(text, start, start + value_ends.LINE_BYTES)) is None or bare.end() == start:
        return None
    is_spaced = text[position - 1 : position] in (b" ", b"\t") or start > position + 1
    in_url = text[max(0, name_start - 1) : name_start] in (b"?", b"&")
    end = value_ends.end_of_bare(text, start, bare.end(), in_url=in_url)
    value = _shown(text, (start, end))
    if is_parameter:
        return (start, end) if _is_parameter(name.lower(), value) else None
    if is_spaced:
        return _word_on_line(text, name, kind, start, end)
    return (start, end) if _hides_bare(name, kind, value) else None


def _is_parameter(name: str, value: str) -> bool:
    if credential_values.is_placeholder(value):
        return False
    if name == "code":
        return len(value) >= 16 and credential_values.mixes(value)
    return len(value) >= 16 and not credential_values.is_plain_word(value)


def _hides_bare(name: str, kind: Tells, value: str) -> bool:
    """Whether a value right behind an equals sign is a secret, and not code that says whence it comes."""
    if len(value) < _TOO_SHORT or credential_values.is_placeholder(value):
        return False
    if credential_values.is_reference(value):
        return False
    return not _is_variable(name, value) and names.hides(name, value)


def _is_variable(name: str, value: str) -> bool:
    """Whether a value is the name of a variable, as code passes it on: `password=user_password`."""
    if name.isupper():
        return False
    bare, spelled = value.replace("_", "").lower(), name.replace("_", "").lower()
    return credential_values.is_name(value) or spelled.endswith(bare) or bare.endswith(spelled)


def _behind_colon(text: bytes, position: int) -> tuple[int, int] | None:
    if text[position + 1 : position + 2] in (b":", b"=", b"/"):
        return None
    name, name_start = name_before(text, position)
    if name == "WIFI":
        network = _NETWORK.match(text, position + 1)
        return network.span(1) if network else None
    if name.lower() == "value":
        name = _name_of_entry(text, name_start)
    kind = names.kind_of(name) if name else Tells.NOTHING
    if kind is Tells.NOTHING:
        return _of_pgpass(text, position)
    after = position + (3 if text[position : position + 1] == b"\xef" else 1)
    found = _AFTER_COLON.match(text, after)
    start = found.end() if found else after
    if wrapped := _WRAPPED.match(text, start):
        start = wrapped.end()
    if typed := _TYPE.match(text, start):
        start = typed.end()
    quote = _opening_before(text, name_start)
    if _TEMPLATE.match(text, start) or (quote and text.startswith(quote, start)):
        return None
    if (place := value_ends.quoted(text, start)) is not None and not names.is_authorization(name):
        is_closed = start > position + 1 or place[1] < value_ends.line_end(text, place[0])
        return place if is_closed and names.hides(name, _shown(text, place)) else None
    end = value_ends.line_end(text, start)
    if quote:
        closing = text.find(quote, start, end)
        end = closing if closing >= 0 else end
    elif kind is Tells.COOKIE or names.is_authorization(name):
        closing = text.find(b'"', start, end)
        if closing >= 0 and b"=" not in text[max(start, closing - 1) : closing]:
            end = closing
    line = text[start : min(end, start + credential_values.LOOKED_AT)].decode("utf-8", "replace")
    hidden = names.hidden_words(name, line)
    if hidden == 2:
        return start, end
    if (bare := value_ends.BARE.match(text, start, max(start, end))) is None or bare.end() == start:
        return None
    stop = value_ends.end_of_bare(text, start, bare.end(), in_url=False)
    if hidden == 1:
        return start, stop
    if kind is Tells.COOKIE or names.is_authorization(name):
        return None
    if _PHRASE.search(name) and len(words := line.split()) > 2 and not credential_values.is_sentence(line):
        return (start, start + len(line.rstrip().encode())) if all(word.isalpha() for word in words) else None
    return _word_on_line(text, name, kind, start, stop)


def _opening_before(text: bytes, start: int) -> bytes | None:
    """The quote that opens right before a name."""
    before = text[max(0, start - 8) : start]
    if before[-1:] not in (b'"', b"'", b"`"):
        return None
    return before[len(before[:-1].rstrip(b"\\")) :]


def _word_on_line(text: bytes, name: str, kind: Tells, start: int, end: int) -> tuple[int, int] | None:
    """A word behind a name and a space, as people and files of settings have it; prose and code have such lines too."""
    value = _shown(text, (start, end))
    if len(value) < _TOO_SHORT or credential_values.is_placeholder(value) or credential_values.is_verdict(value):
        return None
    if credential_values.is_reference(value) or credential_values.is_reference(_shown(text, (start, end + 1))):
        return None
    if kind is not Tells.SECRET:
        is_hidden = names.hides(name, value) and (kind is Tells.CODE or credential_values.is_credential(value))
        return (start, end) if is_hidden else None
    if credential_values.is_strong(value):
        return start, end
    if name.lower() in _BARE_SECRET or _is_variable(name, value) or credential_values.is_word_of_prose(value):
        return None
    return (start, end) if _LAST.match(text, end) and names.hides(name, value) else None


def _of_pgpass(text: bytes, position: int) -> tuple[int, int] | None:
    """The password of a line `host:port:database:user:password`."""
    before = text[max(0, position - _HOST_BYTES) : position]
    start = position - len(before) + len(before.rstrip(NAME_CHARS + b":*"))
    if text[start - 1 : start] == b"\\":  # of an escaped line end
        start += 1
    found = _PGPASS.match(text, start)
    return found.span(1) if found and not credential_values.is_placeholder(_shown(text, found.span(1))) else None


def _in_tag(text: bytes, position: int) -> tuple[int, int] | None:
    """The text between two tags."""
    name, name_start = name_before(text, position)
    if text[name_start - 1 : name_start] == b":":  # of a namespace
        space = text[max(0, name_start - BEFORE_BYTES) : name_start - 1]
        name_start -= 1 + len(space) - len(space.rstrip(NAME_CHARS))
    before = text[max(0, name_start - 2) : name_start]
    if before[-1:] == b"<":
        start = position + 1
        is_raw = text.startswith(_CDATA, start)
        start += len(_CDATA) if is_raw else 0
        end = text.find(b"]]>" if is_raw else b"<", start, start + value_ends.LINE_BYTES)
        if end < 0:  # no tag, but a placeholder in angle brackets
            return None
    elif before == b"</" or before[-1:] == b"/":
        end = name_start - 2
        start = text.rfind(b">", max(0, end - value_ends.LINE_BYTES), end) + 1
        opening = text.rfind(b"<", max(0, start - value_ends.LINE_BYTES), start)
        if start == 0 or not text[opening + 1 : start].startswith(text[name_start:position]):
            return None
    else:
        return None
    value = _shown(text, (start, end))
    return (start, end) if value.strip() and names.hides(name, value) else None


_LOOKS: tuple[tuple[Separator, Callable[[bytes, int], tuple[int, int] | None]], ...] = (
    (_COLON, _behind_colon),
    (_EQUALS, _behind_equals),
    (_TAG, _in_tag),
    (_WIDE_COLON, _behind_colon),
)
