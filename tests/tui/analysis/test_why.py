"""`tracetui why`: the explanation for people, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.store.explain.requests import Requests
from tests.tui.conftest import Run


@pytest.fixture
def slow_model(tmp_path: Path) -> str:
    """A file in which one model is slow."""
    path = tmp_path / "requests.db"
    Requests(path, 1, frozenset({"model"})).write(300)
    return str(path)


def test_why_says_what_the_difference_is_made_of(slow_model: str, run: Run) -> None:
    """A sentence, the two sets, a sum, and what the slow ones have in common, with a filter to paste."""
    ran = run("why", "trace.duration > 1.5s", "--db", slow_model, "--utc")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("A  ")
    assert lines[0].endswith(": trace.duration > 1.5s")
    assert lines[1].endswith(": the other traces of the same names")
    assert " slower than the " in lines[3]
    assert "chat, decode" in lines[4]
    assert "slower tokens: 50 ms each, not" in lines[4].replace("50.0 ms", "50 ms")
    assert '  model = "large"' in lines
    (pasted,) = [line.split("'")[1] for line in lines if "tracetui ls" in line and 'model = "large"' in line]
    found = run("ls", "-n", "0", "--json", pasted, "--db", slow_model).out.splitlines()
    assert len(found) == int(lines[0].split()[1])
    assert "Nothing else stands out." in lines


def test_why_prints_json(slow_model: str, run: Run) -> None:
    """Whose lines add up."""
    found = json.loads(run("why", "--of", "duration", "trace.duration > 1.5s", "--db", slow_model, "--json").out)
    assert sum(line["difference"] for line in found["ledger"]) == pytest.approx(found["difference"])
    assert found["a"]["mean"] - found["b"]["mean"] == pytest.approx(found["difference"])
    assert 'model = "large"' in found["common"][0]["conditions"]


def test_why_compares_two_filters(slow_model: str, run: Run) -> None:
    """Which must not have a trace in common: what is in A is not in B."""
    found = json.loads(run("why", "tag.tenant = acme", "--vs", "tag.region = eu", "--db", slow_model, "--json").out)
    assert found["b"]["filter"] == "tag.region = eu"
    assert found["a"]["traces"] + found["b"]["traces"] < 300


def test_why_warns_of_few_traces(slow_model: str, run: Run) -> None:
    """Nothing is sure with fewer than twenty."""
    out = run("why", "trace.duration > 1.5s | limit 5", "--db", slow_model).out
    assert "Careful: A has fewer than 20 traces: too few to be sure." in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "which traces?"),
        (["trace.duration > 1h"], 1, "no trace matches"),
        (["name = search"], 1, "nothing to compare with"),
        (["trace.duration > 1.5s", "--vs", "trace.duration > 1h"], 1, "no trace matches the filter of --vs"),
        (["kind = LLM | by(model)"], 2, "without by"),
        (["--of", "speed", "is:error"], 2, "'speed' is not one of"),
        (["trace.duration >"], 2, "tracetui help filter"),
    ],
)
def test_why_says_why_it_cannot_answer(slow_model: str, run: Run, arguments: list[str], code: int, said: str) -> None:
    """One line on stderr, and the exit code: 1 for nothing, 2 for a wrong question."""
    ran = run("why", *arguments, "--db", slow_model)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
