"""`tracetui stats`, and `tracetui diff` of sets."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.store.explain.requests import Requests
from tests.support.builders import TraceFile
from tests.tui.conftest import Run


@pytest.fixture
def requests(tmp_path: Path) -> str:
    """Two hundred requests, some of which retry a tool, with a slow model."""
    path = tmp_path / "requests.db"
    Requests(path, 3, frozenset({"model", "retry"})).write(200)
    return str(path)


def test_stats_shows_percentiles_and_bars(requests: str, run: Run) -> None:
    """Of whole traces where nothing speaks of spans."""
    lines = run("stats", "--db", requests, "--utc").out.splitlines()
    assert lines[0].startswith("200 traces")
    assert lines[1].split() == ["count", "mean", "p50", "p75", "p90", "p95", "p99", "max", "distribution"]
    assert [line.split()[0] for line in lines[2:]] == ["duration", "ttft", "tokens", "spans", "began", "p95"]
    assert "█" in lines[2]


def test_stats_of_groups_are_exact(requests: str, run: Run) -> None:
    """One line of JSON for each group, with what plain Python makes of the spans."""
    found = [
        json.loads(line)
        for line in run("stats", "kind = LLM", "--by", "model", "--db", requests, "--json").out.splitlines()
    ]
    assert sorted(one["group"]["model"] for one in found) == ["large", "medium", "small"]
    query = "SELECT duration_ms FROM spans WHERE model = 'large' ORDER BY duration_ms"
    durations = [
        json.loads(line)["duration_ms"] for line in run("sql", "--json", query, "--db", requests).out.splitlines()
    ]
    (large,) = [one["fields"]["duration"] for one in found if one["group"]["model"] == "large"]
    assert large["count"] == len(durations)
    assert large["p50"] == pytest.approx(durations[(len(durations) + 1) // 2 - 1])
    assert large["max"] == pytest.approx(durations[-1])
    assert large["total"] == pytest.approx(sum(durations))


def test_stats_measures_any_attribute(file: TraceFile, run: Run) -> None:
    """Such as the depth of a queue."""
    for depth in range(10):
        file.trace("job").span("job", attributes={"queue.depth": depth})
    found = json.loads(run("stats", "has:queue.depth", "--of", "queue.depth", "--json").out)
    assert found["fields"]["queue.depth"]["mean"] == 4.5
    assert found["of"] == "spans"


def test_stats_prints_csv(requests: str, run: Run) -> None:
    """A row for each group and field."""
    rows = list(csv.DictReader(io.StringIO(run("stats", "kind = LLM", "--by", "model", "--csv", "--db", requests).out)))
    assert {row["model"] for row in rows} == {"large", "medium", "small"}
    assert {row["field"] for row in rows} >= {"duration", "ttft", "output_tokens"}
    assert float(rows[0]["p50"]) <= float(rows[0]["p95"])


def test_stats_prints_openmetrics(requests: str, run: Run) -> None:
    """Cumulative buckets in seconds, the sum and the count, and the end mark."""
    lines = run("stats", "kind = LLM", "--openmetrics", "--db", requests).out.splitlines()
    assert lines[-1] == "# EOF"
    assert "# TYPE tracetui_span_duration_seconds histogram" in lines
    assert "# UNIT tracetui_span_duration_seconds seconds" in lines
    buckets = [
        int(line.rsplit(" ", 1)[1])
        for line in lines
        if line.startswith('tracetui_span_duration_seconds_bucket{model="large"')
    ]
    assert buckets == sorted(buckets)
    (count,) = [line for line in lines if line.startswith('tracetui_span_duration_seconds_count{model="large"')]
    assert buckets[-1] == int(count.rsplit(" ", 1)[1])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["kind = nothing"], 1, "nothing matches"),
        (["--by", "duration"], 2, "duration"),
        (["--json", "--csv"], 2, "exclude each other"),
        (["kind = LLM | by(model)", "--by", "name"], 2, "named twice"),
        (["--of", "count()"], 2, "count()"),
    ],
)
def test_stats_says_what_it_cannot_do(requests: str, run: Run, arguments: list[str], code: int, said: str) -> None:
    """On stderr, with an exit code."""
    ran = run("stats", *arguments, "--db", requests)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_diff_of_two_filters_says_how_sure_it_is(requests: str, run: Run) -> None:
    """A slow model is sure, a p99 of seventy calls is not said."""
    arguments = ["diff", "kind = LLM and model = small", "kind = LLM and model = large", "--db", requests]
    lines = run(*arguments).out.splitlines()
    (p50,) = [line for line in lines if line.split()[:2] == ["duration", "mean"]]
    assert p50.endswith("larger")
    assert [line for line in lines if line.split()[:1] == ["p99"] and "too few to say" in line]
    found = json.loads(run(*arguments, "--json").out)
    means = {one["measure"]: one for one in found["differences"] if one["field"] == "duration"}
    assert means["mean"]["is_sure"]
    assert (
        means["mean"]["interval"][0] < means["mean"]["new"] - means["mean"]["baseline"] < means["mean"]["interval"][1]
    )
    assert means["p99"]["too_few"]


def test_diff_by_version_compares_the_last_two(file: TraceFile, run: Run) -> None:
    """The older is the baseline."""
    for version, ms in (("0.9", 50), ("1.0", 100), ("1.1", 300)):
        for number in range(30):
            trace = file.trace("ask", start_ms=float(version) * 1e6 + number, metadata=json.dumps({"version": version}))
            trace.span("ask", end_ms=ms + number)
    ran = run("diff", "--by", "version", "trace.name = ask", "--json")
    found = json.loads(ran.out)
    assert (found["baseline"]["is"], found["new"]["is"]) == ("metadata.version = 1.0", "metadata.version = 1.1")
    (median,) = [one for one in found["differences"] if (one["field"], one["measure"]) == ("duration", "p50")]
    assert median["is_sure"]
    assert median["new"] > median["baseline"]
    assert "3 values of version" in ran.err


def test_diff_says_what_to_give(requests: str, run: Run) -> None:
    """Two traces, two filters, or a field."""
    assert "two traces, two filters, or --by" in run("diff", "last", "--db", requests).err
    assert run("diff", "--by", "version", "--db", requests).code == 1
    assert run("diff", "kind = LLM", "name = nothing", "--db", requests).code == 1
    assert run("stats", "kind = LLM", "--vs", "kind = TOOL", "--db", requests).code == 0
