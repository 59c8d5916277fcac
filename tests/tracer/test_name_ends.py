"""The ends of names before a separator are remembered, and no telling name is passed over for that."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracetui.tracer import secret_assignments

_PIECES = st.sampled_from(
    (
        *(
            ":",
            "=",
            ">",
            " ",
            "  ",
            "\t",
            "\\n",
            '"',
            "'",
            "`",
            "``",
            "**",
            "[",
            "]",
            ")",
            "&",
            "?",
            ";",
            "_",
            "-",
            "*",
        ),
        *("password", "API_KEY", "token", "pin", "PWD", "x_auth", "secret_2", "key2", "keys_07", "value", "contraseña"),
        *("sig", "code", "signature", "zip_code", "passphrase", "connection_string", "authorization", "session"),
        *("5432", "65432", "localhost", "db", "ada", "took", "user", "id", "10", "0.5", "s1", "d12", "prose"),
    )
)
_TEXTS = st.lists(_PIECES, max_size=12).map("".join)


@example("host:*:db:ada:hunter2")
@example("pwd:x")
@example("a:s1:b")
@given(text=_TEXTS)
def test_no_telling_name_is_passed_over(text: str) -> None:
    """Where a search for telling names finds a separator, a look at what stands before all of them says so first."""
    raw = text.encode()
    for ends, pattern in (
        (secret_assignments.BEFORE_COLON, secret_assignments.colon()),
        (secret_assignments.BEFORE_EQUALS, secret_assignments.equals()),
        (secret_assignments.BEFORE_TAG, secret_assignments.tag()),
    ):
        if pattern.search(raw) is not None:
            assert ends.may_tell(raw)


@pytest.mark.parametrize("separator", [":", "=", ">"])
def test_what_is_remembered_hides_no_later_name(separator: str) -> None:
    """A text of names that tell nothing needs no search; with one name that tells, the same text does."""
    ends = {
        ":": secret_assignments.BEFORE_COLON,
        "=": secret_assignments.BEFORE_EQUALS,
        ">": secret_assignments.BEFORE_TAG,
    }[separator]
    harmless = "".join(f"retry{number:02}x{separator}{number} " for number in range(40)).encode()

    assert not ends.may_tell(harmless)
    assert not ends.may_tell(harmless)
    assert ends.may_tell(harmless + b"password" + separator.encode())


def test_a_text_of_too_many_separators_is_searched() -> None:
    """A text is not taken apart without end, nor are its names looked at one by one without end."""
    assert secret_assignments.BEFORE_EQUALS.may_tell(b"x=" * 20_000)
    assert secret_assignments.BEFORE_EQUALS.may_tell(b"".join(b"%05d=" % (number * 7_919) for number in range(500)))
