"""What a value under a telling name says of itself: whether it is a credential, or only speaks of one.

A password is whatever stands under `password`, but for placeholders, verdicts, sentences and code. Names that tell
less, such as `token` and `auth`, need a value that looks random.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import Any

from .lazy_pattern import late

REDACTED = "[redacted]"
"""What stands where a secret was."""

LOOKED_AT = 1_024
"""Characters of a value that tell what it is."""

_PLACEHOLDER = late(
    r"(?:\$[A-Z_][A-Z0-9_]*|\$[a-z_]+|\$\{[^{}]*\}|\$\{\{[^{}]*\}\}|\$\([^()]*\)|<[^<>]*>|\{\{[^{}]*\}\}|\{[A-Za-z_.]*\}"
    r"|%[A-Za-z_]+%|%\(?[a-z]*\)?s|\[[^\[\]]*\]|[*•.…_-]+|[xX]{3,}|#+|\?+"
    r"|(?:your|my|the|some|any|an?)?[_-]?(?:api[_-]?)?(?:key|token|password|secret)[_-](?:here|goes[_-]here|value)"
    r"|(?i:your)[_-][A-Za-z_-]+|[A-Za-z_-]{1,12}[-_](?:\.{3}|…|[xX*]{3,}))[\"',;.)]*",
    re.DOTALL,
)
"""What documents and templates have in the place of a secret, and what loggers leave of one."""

_VERDICT_WORDS = """
    yes no true false none null nil undefined nan on off ok okay required optional mandatory forbidden
    unauthorized string str text bytes bool boolean int integer number float object array list dict any varchar
    char uuid unknown missing invalid valid incorrect correct wrong expired revoked weak strong strength empty
    blank hidden masked redacted filtered removed changed unchanged default set unset enabled disabled same-origin
    include omit accepted rejected denied granted failed success error present absent supported unsupported
    deprecated reset updated created deleted confirmed mismatch plain plaintext encrypted hashed cleartext self
    this bcrypt scrypt argon2 md5 sha1 sha256 base64 hex basic bearer digest oauth oauth2 prompt ask interactive
    manual input wpa wpa2 wpa3 wpa-psk wpa2-psk erforderlich obligatoire obligatorio obligatoria requerido
    requerida obrigatório obrigatória obbligatorio obbligatoria verplicht wymagane vergessen falsch ungültig
    geändert oublié oubliée incorrecte modifié modifiée olvidada incorrecta cambiada обязательно неверный забыли
    изменён 必填 错误 不正确 忘记 必須
"""
_VERDICTS = frozenset(_VERDICT_WORDS.split())
"""Words that stand under the name of a secret without being one: states, types, methods."""

_PROSE = late(
    r"(?i)(?:an?|the|to|is|and|or|for|of|in|on|as|at|by|if|it|be|with|when|that|this|these|those|which|must|should|shall"
    r"|was|were|are|from|not|no|can|cannot|could|may|might|will|would|does|do|has|have|using|use|used|via|without|instead"
    r"|field|value|parameter|flag|options?|arguments?|after|before|here|needs?|required|your|our|their|his|her|its|my"
    r"|please|enter|than|least|only|also|you|we|i|they|he|she|characters?|been|but|so|into|about|then|there|how|what|why"
    r"|where|who|per|each|every|all|any|some)[,.;:!?)]*"
)
"""Words of sentences."""

_METHOD = late(
    r"(?i)(?<![a-z0-9])(?:oauth\d?|hmac|sha-?\d+|aws|aws4|sigv?\d+|api[_-]?key|basic|digest|bearer|kerberos|ntlm)(?![a-z0-9])"
    r"|^jwt$|^token$"
)
"""Ways to authenticate, none of them a credential."""
_SCHEME = late(
    r"(?i)(?:basic|bearer|token|digest|api-?key|key|negotiate|ntlm|oauth|hawk|signature|sso-?key|ssws|genie-?key|splunk"
    r"|aws4-hmac-sha256|bot)"
)
_NAME = late(r"[xX]-[A-Za-z]|[a-z]+(?:_[a-z]+)+_?\d{0,2}$")
"""Of a header of one's own, or of a field."""
_NUMBERED_WORD = late(r"[A-Za-z]?[a-z]{2,}[_-]?\d{1,4}[,.;:!?)]*")
_JOINTS = late(r"[-./_:]")
_WORD = late(r"[^\s\"'`\\]+")
_TOKENIZER_SPACES = "\u0120\u2581"
"""What stands for a space before a word in the tokens of GPT-2's and SentencePiece's kind."""
_LOWER_WORD = late(r"[A-Za-z]?[a-z]*")
_UUID = late(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = late(r"[0-9a-fA-F]+")
_KEY = late(r"[A-Za-z0-9+/_.~-]{12,}={0,2}")
_CODE = late(r"[0-9][0-9 -]{2,21}[0-9]")
_PATH = late(r"(?:~|\.{1,2})?/|[A-Za-z]:\\")
_SIGNS = frozenset("!@#$%^&*+=?~|")
_VOWEL = frozenset("aeiouyAEIOUY")

_REFERENCE = late(
    r"(?:[A-Za-z_$][\w$]*)?(?:(?:\.|\?\.|::|->)[A-Za-z_$][\w$]*)*[(\[]"  # a call, a subscript, a type with parameters
    r"|(?:os|sys|env|self|this|cls|args|config|cfg|conf|settings|options|opts|params|request|req|ctx|context|process|var"
    r"|local|data|module|secrets?|credentials|user|form|props|state|event|body|payload|kwargs|\w*\benv)"
    r"(?:\.|\?\.|->|::)[A-Za-z_]"
    r"|[A-Za-z_$]+(?:(?:\.|\?\.|::|->)[A-Za-z_$]+)+[,;:)]*$"
    r"|[A-Z][a-z]{2,}(?:[A-Z][a-z]{2,})+[,;:)]*$"  # a class
    r"|[A-Z][a-z]+!?\s*[=,|]|f[\"']|new\s|await\s|lambda\b|@|&[a-z]"
)
"""Beginnings of code that says where a value comes from."""

_SCHEMA_KEYS = frozenset((
    "type", "description", "title", "format", "properties", "required", "items", "anyOf", "oneOf", "allOf", "$ref",
    "enum", "minLength", "maxLength", "pattern", "additionalProperties", "nullable", "writeOnly", "readOnly", "const",
    "examples", "default",
))  # fmt: skip
_SCHEMA_TYPES = frozenset(
    form
    for name in ("string", "number", "integer", "boolean", "array", "object", "null")
    for form in (name, name.upper())
)


def is_placeholder(text: str) -> bool:
    """Whether a text stands in the place of a secret, or says that it was taken out."""
    return REDACTED in text or _PLACEHOLDER.fullmatch(text[:LOOKED_AT]) is not None


def is_verdict(text: str) -> bool:
    """Whether a text is one word that tells of a secret: a state, a type, a method."""
    return text.strip(" \t.,;:!?)]}'\"`").lower() in _VERDICTS


def is_sentence(text: str) -> bool:
    """Whether a text is prose about a secret; a passphrase of words has no words of grammar."""
    words = [word.strip("[](){}\"'\\.,;:!?") for word in text[:LOOKED_AT].split()]
    return len(words) > 1 and any(map(_PROSE.fullmatch, words)) and not any(map(mixes, words))


def is_reference(text: str) -> bool:
    """Whether a bare text is code that says whence a value comes."""
    return _REFERENCE.match(text) is not None


def is_method(text: str) -> bool:
    """Whether a text names a way to authenticate."""
    return _METHOD.search(text) is not None


def is_word_of_prose(word: str) -> bool:
    """Whether a word is one of grammar, as sentences have it."""
    return _PROSE.fullmatch(word) is not None


def is_name(text: str) -> bool:
    """Whether a text is written as the names of fields and headers are."""
    return _NAME.match(text) is not None


def is_path(text: str) -> bool:
    """Whether a text is the path of a file or folder."""
    return _PATH.match(text) is not None


def is_secret(text: str) -> bool:
    """Whether a text under the name of a password is one."""
    text = text[:LOOKED_AT].strip()
    return text != "" and not (is_placeholder(text) or is_verdict(text) or is_sentence(text))


def is_schema(value: dict[str, Any]) -> bool:
    """Whether a dict describes values, as the JSON schemas of tools and forms do, and holds none."""
    kind = value.get("type")
    if (type(kind) is str and kind in _SCHEMA_TYPES) or (
        type(kind) is list and _SCHEMA_TYPES.issuperset(map(str, kind))
    ):
        return True
    return (
        bool(value)
        and ("$ref" in value or "anyOf" in value or "description" in value)
        and _SCHEMA_KEYS.issuperset(value)
    )


def words(value: str) -> list[str]:
    """The first two words of a line."""
    return [found[0] for found in islice(_WORD.finditer(value[:LOOKED_AT]), 2)]


def is_scheme(word: str) -> bool:
    """Whether a word names how the credential after it is to be read."""
    return _SCHEME.fullmatch(word) is not None


def looks_random(text: str) -> bool:
    """Whether a text under a key like `token` is a credential, and not the word that a model produced."""
    if is_placeholder(text) or is_reference(text):
        return False
    if any(char.isspace() for char in text[:LOOKED_AT]):
        found = words(text)
        return len(found) > 1 and is_scheme(found[0]) and looks_random(found[1])
    if text.isdigit():
        return len(text) >= 16
    return len(text) >= 16 or (len(text) >= 8 and any(char.isdigit() for char in text))


def is_plain_word(text: str) -> bool:
    """Whether a text is one word of letters, the first of them perhaps a capital, or marked as tokenizers do."""
    return _LOWER_WORD.fullmatch(text.lstrip(_TOKENIZER_SPACES)) is not None


def is_credential(text: str) -> bool:
    """Whether a text looks random even to one who expects a word there: letters and digits, or cases that alternate."""
    if any(char.isspace() for char in text[:LOOKED_AT]):
        found = words(text)
        return len(found) > 1 and is_scheme(found[0]) and is_credential(found[1])
    if len(text) < 7 or is_placeholder(text) or _METHOD.search(text) or _NAME.match(text):
        return False
    return mixes(text)


def mixes(word: str) -> bool:
    """Whether a word has letters and digits, or cases that alternate."""
    if len(word) < 7:
        return False
    if any(char.isdigit() for char in word):
        return any(char.isalpha() for char in word)
    turns = sum(one.isupper() != other.isupper() for one, other in pairwise(word[:LOOKED_AT]))
    return turns * 3 >= len(word) or (turns * 4 >= len(word) and sum(char in _VOWEL for char in word) * 4 < len(word))


def is_strong(text: str) -> bool:
    """Whether a word behind the name of a password has what passwords must have: a digit, a sign, or mixed cases."""
    if len(text) < 5 or _METHOD.search(text):
        return False
    if any(char in _SIGNS for char in text):
        return True
    return mixes(text) or (any(map(str.isdigit, text)) and any(map(str.isalpha, text)))


def is_key(text: str, *, or_hex: bool) -> bool:
    """Whether a text is a key by itself: 12 characters or more, mixed as only machines do; no UUID, no hash.

    `or_hex` takes hexadecimal digits too, which are hashes and ids more often than keys.
    """
    text = text.removeprefix("base64:")
    if not _KEY.fullmatch(text[:LOOKED_AT]) or _UUID.fullmatch(text) or _NAME.match(text):
        return False
    if _HEX.fullmatch(text):
        return or_hex and any(char.isalpha() for char in text) and any(char.isdigit() for char in text)
    return is_random(text)


def is_random(text: str) -> bool:
    """Whether letters and digits follow each other too irregularly for words, years and versions."""
    if _CAMEL.fullmatch(text[:LOOKED_AT]):
        return False
    kinds = [2 if char.isdigit() else 0 if char.islower() else 1 if char.isupper() else 3 for char in text[:LOOKED_AT]]
    turns = sum(one != other and 3 not in (one, other) for one, other in pairwise(kinds))
    return turns * 5 >= len(kinds) and turns >= 4


_CAMEL = late(r"[A-Za-z]?[a-z]{2,}(?:[A-Z][a-z]{2,}){1,8}\d{0,3}")
"""Words that are joined as in the names of variables and classes."""


def is_numbered_word(text: str) -> bool:
    """Whether a text is a word and a number, as `certificate2024`."""
    return _NUMBERED_WORD.fullmatch(text) is not None


def is_hyphenated(text: str) -> bool:
    """Whether a text is two words or more, joined by dashes, dots or slashes, each perhaps with a number."""
    parts = _JOINTS.split(text)
    return len(parts) > 1 and all(_NUMBERED_WORD.fullmatch(part) or part.isalpha() or part.isdigit() for part in parts)


def is_address_of_secret(text: str) -> bool:
    """Whether a text is an address with a part that cannot be guessed."""
    return "://" in text and any(is_key(part, or_hex=True) for part in _PARTS.split(text)[3:])


_PARTS = late(r"[/?=&#]")


def is_code(value: str | float) -> bool:
    """Whether a value is a number that a person types in to prove who they are."""
    return _CODE.fullmatch(str(value)) is not None
