"""The ends of names before a separator are remembered, and no telling name is passed over for that."""

from __future__ import annotations

import pytest

from tests.tracer.redaction.secret_shapes import NAMES
from tracetui.tracer.redaction.name_ends import Separator, name_before

_CLOSINGS = ("", " ", '"', "'", "`", "**", "]", '"]', "  ", "_2", "_12")


@pytest.mark.parametrize("sign", [":", "=", ">", "："])
def test_no_telling_name_is_passed_over(sign: str) -> None:
    """However a name is closed, and wherever in a text it stands."""
    separator = Separator(sign.encode())
    for name in (*NAMES, "contraseña", "mot de passe", "密码", "пароль"):
        for closing in _CLOSINGS:
            if name[-1].isdigit() and closing[:1] == "_":
                continue
            for before in ("", "x ", "a long text before it\n"):
                text = f"{before}{name}{closing}{sign}x".encode()
                assert separator.is_behind_name(text), text
                assert [text.rindex(sign.encode())] == list(separator.positions(text))


@pytest.mark.parametrize("sign", [":", "=", ">"])
def test_what_is_remembered_hides_no_later_name(sign: str) -> None:
    """A text of names that tell nothing is passed over; with one name that tells, the same text is not."""
    separator = Separator(sign.encode())
    harmless = "".join(f"retry{number:02}x{sign}{number} " for number in range(40)).encode()
    assert not separator.is_behind_name(harmless)
    assert not separator.is_behind_name(harmless)
    text = harmless + b"password" + sign.encode()
    assert separator.is_behind_name(text)
    assert list(separator.positions(text)) == [len(text) - 1]


def test_a_word_that_tells_nothing_alone_tells_more_behind_another() -> None:
    """After a full stop a string is a string; a connection string is a secret, wherever it is met."""
    separator = Separator(b":")
    for word, first in (("string", "connection"), ("key", "API"), ("codes", "backup"), ("card number", "credit")):
        alone = f"So we are done with it. {word}: x".encode()
        together = f"So we are done with the {first} {word}: x".encode()
        is_marked_alone = separator.is_behind_name(alone)
        assert separator.is_behind_name(together)
        assert separator.is_behind_name(alone) == is_marked_alone
        assert separator.is_behind_name(together)


def test_a_name_is_found_far_in_a_long_text() -> None:
    """A text is taken apart piece by piece."""
    text = b"a=b " * 40_000 + b"password=x"
    assert list(Separator(b"=").positions(text)) == [len(text) - 2]


@pytest.mark.parametrize(
    ("text", "name"),
    [("the API key", "the_API_key"), ("« mot de passe", "mot_de_passe"), ("“密码", "密码"), ("\\nTOKEN", "TOKEN")],
)
def test_a_name_is_read_back_to_its_beginning(text: str, name: str) -> None:
    """Of any script; the word before it counts where a word alone tells little."""
    raw = text.encode()
    assert name_before(raw + b":", len(raw))[0] == name
