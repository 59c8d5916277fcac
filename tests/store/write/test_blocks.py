"""Long texts are kept once, and each value comes back byte for byte."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.records import PROCESS, ask, make_span, make_trace
from tracetui.store.read.reader import Reader
from tracetui.store.text.json_parts import JsonParts, KnownElements, encode_in_parts
from tracetui.store.text.json_text import encode
from tracetui.store.write.blocks import cutting
from tracetui.store.write.blocks.block_writer import FOLD_FROM_BYTES
from tracetui.store.write.edits import DeleteTraces
from tracetui.store.write.writer import Writer

_WORDS = st.sampled_from(
    ["a", "é", '"', "\\", "\n\n", "\0", "},{", '","', '":"', "\ud800", "𝄞", "x" * 500, "y z " * 300]
)
_TEXTS = st.lists(_WORDS, max_size=12).map("".join)
_SCALARS = st.one_of(_TEXTS, st.integers(), st.none(), st.booleans(), st.floats())
_OBJECTS = st.dictionaries(_TEXTS, st.one_of(_SCALARS, st.lists(_SCALARS, max_size=3)), max_size=3)
_VALUES = st.one_of(
    _SCALARS,
    st.lists(_OBJECTS, max_size=9),
    st.dictionaries(_TEXTS, st.one_of(_SCALARS, st.lists(_OBJECTS, max_size=9)), max_size=4),
)


def conversation(turns: int, of: str = "a") -> list[dict[str, Any]]:
    """The messages of an agent after so many turns, with 2 KB of new text in each."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": "You help. " * 100}]
    for turn in range(turns):
        messages.append({"role": "assistant", "content": None, "tool_calls": [{"id": f"{of}{turn}", "name": "search"}]})
        messages.append({"role": "tool", "tool_call_id": f"{of}{turn}", "content": f"{of}{turn} says. " * 150})
    return messages


def payload(value: Any) -> bytes | JsonParts:
    """As the export pipeline encodes it."""
    return encode_in_parts(value, KnownElements())


def write_agent(writer: Writer, turns: int, of: str = "a", number: int = 1) -> list[bytes]:
    """A trace with a call for each turn, as a process writes it; returns the inputs."""
    trace = make_trace(number)
    inputs = [payload({"model": "m", "messages": conversation(turn, of)}) for turn in range(turns)]
    for turn, one in enumerate(inputs):
        writer.write([make_span(trace, number * 1_000 + turn, None if turn == 0 else number * 1_000, inputs_json=one)])
    return [bytes(one) for one in inputs]


def stored_inputs(path: Path) -> list[bytes]:
    """Through the documented view, without any function of ours."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT CAST(inputs AS BLOB) FROM spans")]


@pytest.fixture
def writer(tmp_path: Path) -> Any:
    with closing(Writer(tmp_path / "t.db", PROCESS)) as one:
        yield one


def test_a_conversation_takes_the_space_of_its_new_text(writer: Writer) -> None:
    """However often it is sent again; and its calls have it whole."""
    sent = write_agent(writer, 30)
    assert stored_inputs(writer.path) == sent
    unique = len(sent[-1])
    assert sum(map(len, sent)) > 10 * unique
    (blocks,), (recipes,) = (
        ask(writer, "SELECT sum(length(CAST(text AS BLOB))) FROM block")[0],
        ask(writer, "SELECT sum(length(inputs)) FROM payload")[0],
    )
    assert blocks < 1.1 * unique
    assert recipes < 0.3 * unique


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(values=st.lists(_VALUES, min_size=1, max_size=4), attribute=_TEXTS)
def test_every_value_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], attribute: str
) -> None:
    """NUL, lone surrogates and numbers that JSON lacks as well; from blocks that are new, and that were met before."""
    path = tmp_path_factory.mktemp("exact") / "t.db"
    trace = make_trace()
    sent = [payload([value, *values]) if index % 2 else payload(value) for index, value in enumerate(values)] * 2
    with closing(Writer(path, PROCESS)) as writer:
        for key, one in enumerate(sent, 1):
            span = make_span(trace, key, None if key == 1 else 1, inputs_json=one, outputs_json=one, events_json=one)
            span.attribute_values = {"text": attribute, "again": attribute}
            assert writer.write([span]) == []
    assert stored_inputs(path) == [bytes(one) for one in sent]
    with Reader(path) as reader:
        for (_, detail), one in zip(reader.details(1), sent, strict=True):
            text = bytes(one).decode()
            assert (detail.inputs, detail.outputs, detail.events) == (text, text, text)
            assert detail.attributes == {"text": attribute, "again": attribute}


@given(st.one_of(_TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")), _VALUES.map(encode)))
def test_the_pieces_of_a_text_are_the_text(text: bytes) -> None:
    """Wherever it is cut."""
    assert b"".join(cutting.cut(text)) == text
    separator = cutting.separator_of(text)
    assert separator.join(piece for some in cutting.split(text, separator) for piece in some) == text


@given(_VALUES)
def test_the_parts_of_a_json_text_are_the_text_of_the_value(value: Any) -> None:
    """As it would be encoded as a whole."""
    assert json.loads(bytes(payload(value))) == json.loads(encode(value))


def test_a_value_of_ten_megabytes_comes_back(writer: Writer) -> None:
    """One string, many paragraphs, many messages."""
    sent = [encode("ab" * 5_000_000), encode("paragraph of some words\n\n" * 400_000), payload(conversation(4_000))]
    for key, one in enumerate(sent, 1):
        writer.write([make_span(make_trace(key), key, inputs_json=one)])
    assert stored_inputs(writer.path) == [bytes(one) for one in sent]


def test_the_result_of_a_tool_and_a_passage_are_kept_once_wherever_they_stand(writer: Writer) -> None:
    """In the span of the tool or the retriever, in a message of a later call, in a prompt, in an attribute."""
    passages = [f"passage {number} " * 60 for number in range(3)]
    prompt = "Answer from:\n\n" + "\n\n".join(reversed(passages)) + "\n\nQuestion?"
    values: list[Any] = [
        passages[0],
        [{"page_content": text, "metadata": {"n": 1}} for text in passages],
        {"messages": [{"role": "user", "content": prompt}]},
    ]
    for key, value in enumerate(values, 1):
        writer.write([make_span(make_trace(key), key, outputs_json=payload(value))])
    span = make_span(make_trace(9), 9)
    span.attribute_values = {"input.value": json.dumps({"documents": passages})}
    writer.write([span])
    for text in passages:
        assert ask(writer, f"SELECT count(*) FROM block WHERE instr(text, '{text[:60]}')") == [(1,)]


def test_short_values_are_stored_whole(writer: Writer) -> None:
    """There is nothing to gain."""
    writer.write([make_span(make_trace(), 1, inputs_json=encode("x" * (FOLD_FROM_BYTES - 3)))])
    assert ask(writer, "SELECT typeof(inputs) FROM payload") == [("text",)]
    assert ask(writer, "SELECT count(*) FROM block") == [(0,)]


def test_prompts_that_never_repeat_are_stored_whole_after_a_while(writer: Writer) -> None:
    """And blocks come back with the first repetition that is met."""
    for key in range(1, 201):
        writer.write([make_span(make_trace(key), key, name="ask", inputs_json=encode(f"{key} is new. " * 400))])
    ((whole,),) = ask(writer, "SELECT count(*) FROM payload WHERE span > 100 AND typeof(inputs) = 'text'")
    assert whole > 85
    sent = write_agent(writer, 40, number=300)
    assert stored_inputs(writer.path)[-40:] == sent
    ((size,),) = ask(writer, "SELECT sum(length(inputs)) FROM payload WHERE span > 200")
    assert size < 0.4 * sum(map(len, sent))


def test_processes_that_write_the_same_text_at_once_share_it(tmp_path: Path) -> None:
    """Each looks for the texts of the other, and none loses one."""
    with closing(Writer(tmp_path / "t.db", PROCESS)) as one, closing(Writer(tmp_path / "t.db", PROCESS)) as other:
        messages = conversation(12)
        sent = []
        for turn in range(1, 12):
            for writer, number in ((one, 1), (other, 2)):
                value = payload(messages[: 2 * turn])
                sent.append(bytes(value))
                writer.write([make_span(make_trace(100 * number + turn), 100 * number + turn, inputs_json=value)])
        assert stored_inputs(one.path) == sent
        texts = ask(one, "SELECT text FROM block WHERE typeof(text) = 'text'")
        assert len(texts) == len(set(texts))


def test_blocks_go_with_the_last_trace_that_has_them(writer: Writer) -> None:
    """What another trace has stays, and what is left is as it was."""
    write_agent(writer, 20, "a", number=1)
    sent = write_agent(writer, 20, "b", number=2)
    both = ask(writer, "SELECT count(*) FROM block")
    writer.edit([DeleteTraces([make_trace(1).trace_key])])
    assert stored_inputs(writer.path) == sent
    assert ask(writer, "SELECT count(*) FROM block") < both
    assert ask(writer, "SELECT count(*) FROM block WHERE instr(text, 'a5 says')") == [(0,)]
    again = write_agent(writer, 20, "a", number=3)
    assert stored_inputs(writer.path) == sent + again
    writer.edit([DeleteTraces([make_trace(2).trace_key, make_trace(3).trace_key])])
    assert ask(writer, "SELECT count(*) FROM block") == ask(writer, "SELECT count(*) FROM block_use") == [(0,)]


def test_blocks_go_with_the_last_range_of_spans_that_needs_them(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever traces are deleted first, and wherever the blocks were made."""
    for module in ("block_table", "sweep"):
        monkeypatch.setattr(f"tracetui.store.write.blocks.{module}.RANGE_BITS", 2)
    chance = random.Random(1)
    for _ in range(4):
        kept = {number: write_agent(writer, 7, of="abc"[number % 3], number=number) for number in range(1, 9)}
        for number in chance.sample(sorted(kept), len(kept)):
            writer.edit([DeleteTraces([make_trace(number).trace_key])])
            del kept[number]
            assert sorted(stored_inputs(writer.path)) == sorted(one for some in kept.values() for one in some)
        assert ask(writer, "SELECT count(*) FROM block") == ask(writer, "SELECT count(*) FROM block_use") == [(0,)]


def test_a_block_that_another_process_deleted_is_written_again(tmp_path: Path) -> None:
    """Although this process knows the text."""
    with closing(Writer(tmp_path / "t.db", PROCESS)) as one, closing(Writer(tmp_path / "t.db", PROCESS)) as other:
        write_agent(one, 10)
        other.edit([DeleteTraces([make_trace(1).trace_key])])
        assert stored_inputs(one.path) == []
        assert write_agent(one, 10, number=2) == stored_inputs(one.path)


def test_a_transaction_that_fails_leaves_nothing_known(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The retry writes its blocks again."""
    value = payload(conversation(5))
    span = make_span(make_trace(), 1, inputs_json=value)
    with monkeypatch.context() as patch:
        patch.setattr("tracetui.store.write.writer.update_totals", lambda *_: 1 / 0)
        assert len(writer.write([span])) == 1
    assert writer.write([span]) == []
    assert stored_inputs(writer.path) == [bytes(value)]


def test_the_outputs_of_an_open_span_are_cut_when_they_are_complete(writer: Writer) -> None:
    """Each of their beginnings would be a block that nothing needs."""
    trace = make_trace()
    answer = "It is so. " * 300
    for size in range(1_000, 3_000, 100):
        writer.write(
            [make_span(trace, 1, end_ns=None, inputs_json=payload(conversation(4)), outputs_json=encode(answer[:size]))]
        )
    writer.write([make_span(trace, 1, inputs_json=payload(conversation(4)), outputs_json=encode(answer))])
    assert ask(writer, "SELECT outputs FROM spans") == [(json.dumps(answer),)]
    assert ask(writer, "SELECT count(*) FROM block WHERE instr(text, 'It is so')") == [(1,)]


_WRITE = """
import sys
from pathlib import Path
from tests.store.records import PROCESS
from tests.store.write.test_blocks import write_agent
from tracetui.store.write.edits import DeleteTraces
from tests.store.records import make_trace
from tracetui.store.write.writer import Writer
writer = Writer(Path(sys.argv[1]), PROCESS)
for number in range(1, 1_000):
    write_agent(writer, 12, of="abc"[number % 3], number=number)
    if number > 3:
        writer.edit([DeleteTraces([make_trace(number - 3).trace_key])])
    print(number, flush=True)
"""


def test_a_process_that_is_killed_leaves_whole_values_and_no_block_that_nothing_needs(tmp_path: Path) -> None:
    """While it writes, and while it deletes."""
    path = tmp_path / "t.db"
    for rounds in (2, 5, 9):
        with subprocess.Popen([sys.executable, "-c", _WRITE, str(path)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(rounds):
                assert process.stdout.readline()
            process.kill()
        kept = {
            bytes(payload({"model": "m", "messages": conversation(turn, of)})) for turn in range(12) for of in "abc"
        }
        assert set(stored_inputs(path)) <= kept
        with closing(Writer(path, PROCESS)) as writer:
            keys = [key for (key,) in ask(writer, "SELECT trace_id FROM trace")]
            writer.edit([DeleteTraces(keys)])
            assert ask(writer, "SELECT count(*) FROM block") == [(0,)]


def test_the_stock_program_of_sqlite_shows_whole_values(writer: Writer) -> None:
    """The views need no function of ours."""
    program = shutil.which("sqlite3")
    if program is None:
        pytest.skip("the program sqlite3 is not installed")
    sent = write_agent(writer, 8)
    ran = subprocess.run(
        [program, "-readonly", writer.path, "SELECT inputs FROM spans"], capture_output=True, check=True
    )
    assert ran.stdout.splitlines() == sent
