"""Text that attacks terminals, in every recorded field, through the whole product."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.raw_terminal import RawTerminal
from tests.support.recorded import Recorded
from tracetui.tracer import start_span, update_current_trace
from tracetui.tracer.values.limits import CUT_KEY, truncate_name

TRACETUI = str(Path(sys.executable).parent / "tracetui")

ATTACKS = {
    "clear screen": "\x1b[2JATTACK",
    "clipboard": "\x1b]52;c;QVRUQUNL\x07ATTACK",
    "title": "\x1b]0;ATTACK\x07ATTACK",
    "C1 control sequence": "\x9b31mATTACK",
    "C1 operating system command": "\x9d52;c;QVRUQUNL\x9cATTACK",
    "bell": "\x07ATTACK",
    "nul": "\x00ATTACK",
    "backspace": "\x08\x08ATTACK",
    "delete": "\x7fATTACK",
    "carriage return": "innocent\rATTACK",
    "lone surrogate": "\ud800ATTACK",
    "bidi override": "\u202eATTACK\u202c",
    "bidi isolate": "\u2066ATTACK\u2069",
    "tag characters": "\U000e0041ATTACK",
    "markup": "[red]ATTACK[/red][@click=app.quit]x[/]",
    "broken markup": "[/ATTACK]",
    "line separator": "a\u2028ATTACK",
    "a megabyte in one line": "ATTACK" + "x" * 1_000_000,
}

FORBIDDEN = {
    "clear screen": b"\x1b[2JATT",
    "clipboard": b"\x1b]52;",
    "title": b"\x1b]0;",
    "C1": b"\xc2\x9b",
    "C1 OSC": b"\xc2\x9d",
    "bell": b"\x07",
    "nul": b"\x00",
    "backspace": b"\x08",
    "delete": b"\x7f",
    "surrogate": b"\xed\xa0\x80",
    "right-to-left override": "\u202e".encode(),
    "right-to-left isolate": "\u2066".encode(),
    "tag": "\U000e0041".encode(),
    "line separator": "\u2028".encode(),
}
"""Byte sequences that no screen of the explorer and no table of the command line may hold."""


def chat_with(attack: str) -> dict[str, Any]:
    """A request to a model with `attack` in every field of its messages and tools."""
    call = {"id": "c1", "function": {"name": attack, "arguments": attack}}
    image = {"type": "image_url", "image_url": {"url": attack}}
    said = {"role": f"role {attack}", "name": attack, "content": [{"type": "text", "text": attack}, image]}
    tool = {"name": attack, "description": attack, "parameters": {attack: attack}}
    return {
        "messages": [
            said,
            {"role": "assistant", "content": None, "reasoning_content": attack, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": attack},
        ],
        "tools": [{"type": "function", "function": tool}],
    }


def record(attack: str) -> None:
    """One trace with `attack` in every field that a program can set."""
    with start_span(f"root {attack}", span_type=f"KIND {attack}", attributes={f"key {attack}": attack}) as root:
        root.set_inputs({f"field {attack}": [attack]})
        root.set_outputs(attack)
        root.add_event(f"event {attack}", {f"detail {attack}": attack})
        root.set_attribute("gen_ai.request.model", attack)
        update_current_trace(
            tags={f"tag {attack}": attack},
            metadata={f"meta {attack}": attack},
            session_id=attack,
            user=attack,
            client_request_id=attack,
        )
        with start_span(f"child {attack}", span_type="LLM") as child:
            child.set_inputs(chat_with(attack))
            child.record_exception(ValueError(attack))


@pytest.fixture
def attacked(recorded: Recorded) -> Recorded:
    """A file with every attack in every field."""
    for attack in ATTACKS.values():
        record(attack)
    recorded.traces()
    return recorded


def assert_harmless(output: bytes) -> None:
    for name, sequence in FORBIDDEN.items():
        place = output.find(sequence)
        assert place < 0, f"{name} reached the terminal: {output[max(0, place - 60) : place + 60]!r}"


def test_explorer_shows_hostile_text_and_obeys_none_of_it(attacked: Recorded, tmp_path: Path) -> None:
    """Every trace, its spans, details, whole values and the help of the explorer, in raw bytes."""
    terminal = RawTerminal([TRACETUI, str(attacked.path)], tmp_path)
    try:
        terminal.wait_for("ATTACK")
        for _ in ATTACKS:
            # Tree, child, details on the whole screen, back, the reader, its folds, back, next trace.
            for keys in ("\r", "j", "z", "G", "z", "r", "J", "q", "]"):
                terminal.keys(keys)
                terminal.settle()
        for keys in ("/", "ATTACK", "\r"):
            terminal.keys(keys)
            terminal.settle()
        assert terminal.end() == 0
    finally:
        terminal.kill()
    assert b"ATTACK" in terminal.output
    assert b"[red]" in terminal.output, "markup is shown, not obeyed"
    pointer_shape = rb"\x1b\]22;[a-z-]*\x07"  # Textual's own
    assert_harmless(re.sub(pointer_shape, b"", bytes(terminal.output)))


@pytest.mark.parametrize(
    "command", [["ls"], ["sql", "SELECT name, kind, status_message, inputs FROM spans"]], ids=["ls", "sql"]
)
def test_command_line_prints_hostile_text_harmlessly(attacked: Recorded, command: list[str]) -> None:
    """Tables are for people's terminals."""
    ran = subprocess.run([TRACETUI, *command, "--db", str(attacked.path)], capture_output=True, check=True)
    assert b"ATTACK" in ran.stdout
    assert_harmless(ran.stdout)


def without_notes(entries: dict[str, Any]) -> dict[str, Any]:
    """Attributes or metadata without what tells of what was cut."""
    return {key: value for key, value in entries.items() if not key.startswith(CUT_KEY)}


@pytest.mark.parametrize("name", ATTACKS)
def test_export_is_exact_and_safe_to_print(recorded: Recorded, name: str) -> None:
    """What was recorded comes out as it went in, names beyond their limit aside, escaped so that `cat` is harmless."""
    attack = ATTACKS[name]
    record(attack)
    (trace,) = recorded.traces()
    command = [TRACETUI, "export", trace["trace_id"], "-o", "-", "--db", str(recorded.path)]
    ran = subprocess.run(command, capture_output=True, check=True)
    assert_harmless(ran.stdout)
    document = json.loads(ran.stdout)
    root, child = sorted(document["spans"], key=lambda span: span["parent_id"] is not None)
    assert root["name"] == f"root {attack}"
    assert root["kind"] == f"KIND {attack}"
    assert root["inputs"] == {f"field {attack}": [attack]}
    assert root["outputs"] == attack
    assert without_notes(root["attributes"]) == {truncate_name(f"key {attack}"): attack, "gen_ai.request.model": attack}
    assert root["events"][0]["name"] == f"event {attack}"
    assert root["events"][0]["attributes"] == {f"detail {attack}": attack}
    assert child["status_message"] == f"ValueError: {attack}"
    assert document["trace"]["tags"] == {truncate_name(f"tag {attack}"): attack}
    assert without_notes(document["trace"]["metadata"]) == {truncate_name(f"meta {attack}"): attack}
    assert document["trace"]["session_id"] == attack
    assert document["trace"]["user_id"] == attack
