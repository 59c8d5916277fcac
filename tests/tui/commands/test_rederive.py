"""`tracetui rederive` brings a file of a former version up to date."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("attributes", "before", "expected"),
    [
        (
            {"gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024-08-06"},
            ("LLM", "gpt-4o-2024-08-06", None),
            ("LLM", "gpt-4o", "gpt-4o-2024-08-06"),
        ),
        (
            {"gen_ai.response.model": "gpt-4o-2024-08-06"},
            ("LLM", "gpt-4o-2024-08-06", None),
            ("LLM", "gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ),
        ({"span.kind": "SERVER"}, ("UNKNOWN", None, None), ("SERVER", None, None)),
        ({"span.kind": "SERVER"}, ("TOOL", None, None), ("TOOL", None, None)),
    ],
    ids=["the model of the answer", "no model was asked for", "kind in an attribute", "kind that the program gave"],
)
def test_rederive_brings_what_an_older_dialect_told_up_to_date(
    run: Run, tmp_path: Path, attributes: dict[str, Any], before: tuple[Any, ...], expected: tuple[Any, ...]
) -> None:
    """Former versions took the model from the answer, and kinds from fewer names."""
    file = TraceFile(tmp_path / "traces.db")
    file.trace("older").span("call", kind=before[0], attributes=attributes)
    file.close()
    with closing(sqlite3.connect(file.path)) as older:
        older.execute("UPDATE span SET kind = ?, model = ?, response_model = ? WHERE name = 'call'", before)
        older.execute("UPDATE trace SET model = ? WHERE name = 'older'", before[1:2])
        older.commit()
    assert run("rederive", "--db", str(file.path)).code == 0
    with closing(sqlite3.connect(file.path)) as brought:
        found = brought.execute("SELECT kind, model, response_model FROM spans WHERE name = 'call'").fetchall()
        assert found == [expected]
        assert brought.execute("SELECT model FROM traces WHERE name = 'older'").fetchall() == [expected[1:2]]
    assert "0 spans and 0 traces changed" in run("rederive", "--db", str(file.path)).err


def test_rederive_prices_what_was_recorded_without_a_price(run: Run, file: TraceFile, tmp_path: Path) -> None:
    """With a file of one's own; what is wrong with that file is said in one line."""
    prices = tmp_path / "prices.json"
    prices.write_text('{"models": {"house": {"input": 1000000}}}')
    attributes = {"gen_ai.request.model": "house", "gen_ai.usage.input_tokens": 3}
    file.trace("priced").span("call", kind="LLM", attributes=attributes)
    ran = run("rederive", "--prices", str(prices))
    assert ran.code == 0
    assert "spans read" in ran.err
    assert '"cost_usd":3.0' in run("sql", "--json", "SELECT cost_usd FROM spans WHERE name = 'call'").out.replace(
        " ", ""
    )
    prices.write_text('{"models": {"house": 3}}')
    ran = run("rederive", "--prices", str(prices))
    assert ran.code == 1
    assert "models.house is 3" in ran.err
    assert run("rederive", "--db", str(tmp_path / "none.db")).code == 1
