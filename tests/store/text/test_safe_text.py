"""No text of a trace can do anything to a terminal but be drawn on it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color

from tests.support.counted_work import calls_in
from tracetui.store.text.safe_text import find_unsafe, safe_line, safe_lines
from tracetui.tui.explorer.output_filter import OutputFilter

ATTACKS = {
    "clear screen": "\x1b[2J",
    "clipboard by OSC 52": "\x1b]52;c;ZXZpbA==\x07",
    "link by OSC 8": "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "window title": "\x1b]0;owned\x07",
    "CSI in C1": "\x9b2J",
    "null": "a\x00b",
    "delete": "a\x7fb",
    "backspace over": "safe\b\b\b\bevil",
    "carriage return over": "safe\revil",
    "right to left override": "invoice\u202efdp.exe",
    "isolate": "\u2066hidden\u2069",
    "zero width space": "pass\u200bword",
    "byte order mark": "\ufeffstart",
    "tag characters": "hi\U000e0048\U000e0049",
    "data in variation selectors": "a\U000e0101\U000e0102\ufe01",
    "lone surrogate": "\ud83d",
    "line separator": "one\u2028two",
    "next line": "one\x85two",
    "filler that looks like nothing": "a\u3164b",
    "joiner between letters": "pay\u200dpal",
    "joiner at the end": "👩\u200d",
    "joiners in a row": "👩\u200d\u200d👧",
    "selectors in a row": "❤\ufe0f\ufe0f",
    "vertical tab": "one\vtwo",
}

WANTED = {
    "ASCII": "SELECT * FROM t WHERE a != 'b' -- [red]no markup[/red]",
    "accents": "naïve café, ação, Übergröße",
    "combining": "e\u0301 and n\u0303",
    "Chinese and Japanese": "你好世界、こんにちは",
    "family": "👩\u200d👩\u200d👧",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "keycap": "1\ufe0f\u20e3",
    "sun": "☀\ufe0f",
    "flag": "🇵🇹",
    "skin tone": "👍🏽",
    "Persian": "می\u200cخواهم",
    "Hindi": "क्\u200dष",
    "Arabic and Hebrew": "مرحبا שלום",
    "Korean": "안녕하세요",
    "no-break space": "10\xa0km",
    "variant of an ideograph": "葛\U000e0100",
    "private use": "\ue0b0",
}

tricky = st.text(
    st.characters()
    | st.sampled_from("\x1b\x9b\x00\r\n\t\u200b\u200c\u200d\u202e\ufe0f\ufe01\u20e3\U000e0101\U000e0041\ud83d")
    | st.sampled_from("👩❤☀1#aمक葛\u061c\u180e")
)


def is_dangerous(character: str) -> bool:
    """Said by category, apart from the code under test: controls, surrogates, separators of lines, tags, direction."""
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        or character in "\u200b\u200e\u200f\u061c\u2060\ufeff\xad\u115f\u3164"
        or 0xE0000 <= ord(character) < 0xE0100
    )


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_attack_becomes_something_to_see(attack: str) -> None:
    """Every one leaves a symbol behind, and nothing that acts or hides."""
    line = safe_line(attack)
    assert not any(is_dangerous(character) for character in line)
    assert find_unsafe(line) is None
    assert set(line) & set("�␛␀␡␈␍␇␋⏎")


@pytest.mark.parametrize("text", WANTED.values(), ids=WANTED)
def test_text_of_any_language_stays_as_it_is(text: str) -> None:
    """Joiners and selectors included, where the script wants them."""
    assert safe_line(text) == text
    assert safe_lines(text) == [text]


def test_control_characters_show_as_their_pictures() -> None:
    """An escape sequence can be read."""
    assert safe_line("\x1b[2J\x00\x7f") == "␛[2J␀␡"
    assert safe_line("a\r\nb\nc\td") == "a⏎b⏎c⇥d"


def test_lines_are_split_and_tabs_expanded() -> None:
    """As an editor shows them; a carriage return inside a line stays visible."""
    assert safe_lines("a\r\n\tb\n\nc\rd\x1b\n") == ["a", "    b", "", "c␍d␛", ""]
    assert safe_lines("") == [""]


def test_long_text_in_a_cell_is_cut_before_the_work() -> None:
    """A cell reads only the beginning of a name of ten megabytes."""

    class Long(str):
        def looked_through(self, *_: object) -> Any:
            raise AssertionError

        isascii = isprintable = replace = translate = split = __iter__ = looked_through  # type: ignore[assignment]

    assert safe_line(Long("é\n" * 1000), max_chars=4) == "é⏎é⏎"


@given(tricky)
@example("👩\u200d👩")
@example("\u061c\u200cب")
def test_safe_line_lets_nothing_dangerous_through(text: str) -> None:
    """For any text at all, surrogates included."""
    line = safe_line(text)
    assert not any(is_dangerous(character) for character in line)
    line.encode("utf-8")


@given(tricky)
@example("❤\ufe0f\u200d🔥\ufe0f\ufe0f")
def test_safe_line_of_a_safe_line_is_the_same(text: str) -> None:
    """Sanitising twice by mistake changes nothing."""
    assert safe_line(safe_line(text)) == safe_line(text)


@given(tricky)
def test_safe_lines_hold_no_line_break_and_nothing_dangerous(text: str) -> None:
    """Each safe line has exactly one row."""
    lines = safe_lines(text)
    assert len(lines) == text.replace("\r\n", "\n").count("\n") + 1
    assert not any(is_dangerous(character) for line in lines for character in line)


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_printable_text_is_left_alone(text: str) -> None:
    """The text consists mostly of ordinary characters."""
    assert safe_line(text) is text


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_letters_of_every_script_are_left_alone(text: str) -> None:
    """Categories by Unicode, but for the few letters that are made to be invisible."""
    kept = "".join(character for character in text if character not in "\u115f\u1160\u3164\uffa0")
    assert safe_line(kept) == kept


def test_a_long_text_becomes_safe_with_few_calls_per_line() -> None:
    """A megabyte takes 10 to 25 ms, since no Python code runs per ordinary character."""
    text = "Ein längerer Satz über nichts.\n" * 1000
    assert len(safe_lines(text)) == 1001
    assert calls_in(lambda: safe_lines(text)) < 6 * 1001
    assert calls_in(lambda: safe_line(text)) < 20


def test_unsafe_text_of_a_widget_becomes_blank() -> None:
    """The line keeps its width for any contents."""
    segments = [Segment("ok "), Segment("\x1b[2Jx\u200by\u202e"), Segment("❤\ufe0f")]
    guarded = OutputFilter().apply(segments, Color(0, 0, 0))
    assert [segment.text for segment in guarded] == ["ok ", "[2Jxy", "❤\ufe0f"]
    assert Segment.get_line_length(guarded) == Segment.get_line_length(segments)


@given(st.lists(tricky))
def test_guard_never_lets_a_dangerous_character_out(texts: list[str]) -> None:
    """And leaves every safe segment of the line as it was."""
    segments = [Segment(text) for text in texts]
    guarded = OutputFilter().apply(segments, Color(0, 0, 0))
    assert not any(is_dangerous(character) for segment in guarded for character in segment.text)
    for before, after in zip(segments, guarded, strict=True):
        if find_unsafe(before.text) is None:
            assert after.text == before.text


def test_guard_passes_safe_lines_on_untouched() -> None:
    """Every drawn line passes the guard, so a line without unsafe characters must cost nothing."""
    segments = [Segment("plain"), Segment("é")]
    assert OutputFilter().apply(segments, Color(0, 0, 0)) is segments
