"""`python -m tracetui.tracer.scoring --db FILE --with scorers.py`: the process of `tracetui score`."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.filter import parse
from ...store.text.safe_text import safe_line
from .. import tracing
from ..api.configure import configure
from ..api.spans import start_span, update_current_trace
from ..entities.assessment import Feedback
from ..entities.trace import Trace
from ..parts.link import Link
from ..tracing.constant import AssessmentMetadataKey
from .load import ScorersError, load
from .loop import SCORED_TRACE, Scoring
from .scorer import Scorer

NOTHING = 1


def main() -> int:
    """Score until everything is scored, or with `--follow` until Ctrl-C; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tracetui score")
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--with", dest="scorers", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--follow", action="store_true")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    configure(db=arguments.db, service="tracetui score")
    try:
        scorers = load(arguments.scorers)
        around = _recorded if arguments.record else _silent
        scoring = Scoring(arguments.db, parse(arguments.filter), scorers, jobs=arguments.jobs, around=around)
        try:
            if arguments.follow:
                scoring.follow(threading.Event())
            else:
                scoring.score_stored()
        except KeyboardInterrupt:
            _say("interrupted; what was scored is kept, and the same command goes on from there")
    except ScorersError as error:
        _say(str(error))
        return NOTHING
    except OPEN_ERRORS as error:
        _say(explain(arguments.db, error))
        return NOTHING
    tally = scoring.tally
    for line in tally.lines():
        print(safe_line(line))
    _say(f"{tally.traces:,} trace{'s' * (tally.traces != 1)} scored" if tally.traces else "nothing new to score")
    return 0


def _silent(_scorer: Scorer, _trace: Trace, scores: Callable[[], list[Feedback]]) -> list[Feedback]:
    """Score without recording what the scorer does."""
    with tracing.context(enabled=False):
        return scores()


def _recorded(scorer: Scorer, trace: Trace, scores: Callable[[], list[Feedback]]) -> list[Feedback]:
    """Score, and record what the scorer does as a trace of its own that is linked to the scored one."""
    root = trace.data.root
    links = [Link(trace.trace_id, root.span_id)] if root else []
    with start_span(f"score {scorer.name}", span_type="EVALUATOR", links=links) as span:
        update_current_trace(tags={SCORED_TRACE: trace.trace_id})
        said = scores()
        span.set_outputs([one.value for one in said])
    metadata = {AssessmentMetadataKey.SCORER_TRACE_ID: span.trace_id}
    return [one.with_fields(metadata={**(one.metadata or {}), **metadata}) for one in said]


def _say(text: str) -> None:
    print(f"tracetui: {safe_line(text)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
