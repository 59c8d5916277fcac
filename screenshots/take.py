"""Take the screenshots of the README: the real explorer, driven by keys, on the traces of the real demo server.

    python screenshots/take.py [FOLDER]

Runs for about half a minute, since the demo waits in real time: `llm.ttft_ms > 500` is to be true. Questions,
answers, faults and people are the same in every run (`SEED`); durations differ by what the machine does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from textual.pilot import Pilot

from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.why.why_screen import WhyScreen

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[1]
SEED = 7
REQUESTS = 45
SIZE = (160, 44)
"""Columns and rows of the terminal."""

WAIT_S = 60.0
"""How long any one thing may take before the script gives up."""

FILE_NAME = "tracetui-demo.db"

BEING_WRITTEN = """
    SELECT trace_id FROM spans JOIN traces USING (trace_id)
    WHERE spans.name = 'chat.completions.stream' AND spans.status = 'RUNNING' AND spans.start_ns > traces.start_ns + 8e8
    AND spans.model = 'gpt-4.1' AND length(outputs) BETWEEN 10 AND 300 ORDER BY traces.start_ns DESC LIMIT 1
"""
"""A trace with a long answer that has just begun, after steps enough to see."""


class Picture:
    """The explorer on one trace file, with what a script needs to know of it."""

    def __init__(self, pilot: Pilot[None], app: TraceApp, folder: Path) -> None:
        self._pilot = pilot
        self._app = app
        self._folder = folder

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self._pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type text, as it is, into what has the focus."""
        names = {" ": "space", "\t": "tab"}
        for character in text:
            await self._pilot.press(names.get(character, character))

    async def until(self, condition: Callable[[], T], what: str) -> T:
        """Let the explorer go on until the condition gives something true, and give that."""
        deadline = time.monotonic() + WAIT_S
        while not (result := condition()):
            if time.monotonic() > deadline:
                sys.exit(f"waited {WAIT_S:.0f} s in vain for {what}")
            await asyncio.sleep(0.02)
        return result

    async def filter(self, text: str) -> None:
        """Filter the list and wait for the end of the search."""
        session = self._app.explorer.session
        await self._ask(text)
        await self.until(
            lambda: session.filter.active and not session.searching and len(session.listing) < session.total,
            f"the traces of {text!r}",
        )

    async def group(self, text: str) -> None:
        """Make groups and wait until all are counted."""
        session = self._app.explorer.session
        await self._ask(text)
        await self.until(
            lambda: session.grouped and not session.searching and len(session.groups) > 1, f"the groups of {text!r}"
        )

    async def _ask(self, text: str) -> None:
        await self.press("slash")
        if self._app.explorer.filter.text:
            await self.press("escape")
        await self.type(text)
        await self.press("enter")

    def is_explained(self) -> bool:
        """Whether the page of why is complete."""
        screen = self._app.screen
        return isinstance(screen, WhyScreen) and screen.explanation is not None and screen.explanation.is_done

    async def open(self, trace_id: str) -> None:
        """Go to the tree of a trace of the list."""
        explorer = self._app.explorer
        for _ in range(len(explorer.session.listing)):
            await self._pilot.pause()
            if explorer.session.open_trace and explorer.session.open_trace.trace.trace_id.hex() == trace_id:
                break
            await self.press("down")
        await self.press("enter")

    async def take(self, name: str) -> None:
        """Write what is on the screen as SVG."""
        await self._pilot.pause()
        svg = self._app.export_screenshot(title="tracetui demo")
        # Fonts from the network have no place in a README; the names and the monospace fallback stay.
        svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
        path = self._folder / f"{name}.svg"
        path.write_text(svg, encoding="utf-8")
        print(path)


async def take_all(db: Path, folder: Path) -> None:
    """The pictures: live, filtered, in groups, an error with its exception, and why some are slow."""
    command = [sys.executable, "-P", "-m", "tracetui.tui.demo.server"]
    options = ["--db", str(db), "--seed", str(SEED), "--requests", str(REQUESTS)]
    server = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        app = TraceApp(db)
        async with app.run_test(size=SIZE) as pilot:
            picture = Picture(pilot, app, folder)
            await take_live(picture, db)
            await picture.until(lambda: server.poll() is not None, "the end of the demo's requests")
            await take_filtered(picture)
            await take_groups(picture)
            await take_error(picture, db)
            await take_why(picture)
    finally:
        server.kill()
        server.wait()


async def take_live(picture: Picture, db: Path) -> None:
    """An answer being written: running spans, and the text so far."""
    await picture.until(lambda: (one(db, "SELECT count(*) FROM trace") or 0) > 10, "a list of traces")
    trace_id = await picture.until(lambda: one(db, BEING_WRITTEN), "an answer that is being written")
    await picture.open(trace_id)
    await asyncio.sleep(0.3)  # a little more text than when it was found
    await picture.take("live")


async def take_filtered(picture: Picture) -> None:
    """The question of the README, and a span that is an answer to it."""
    await picture.filter("llm.ttft_ms > 500")
    await picture.press("enter", "n", "n")
    await picture.take("filter")


async def take_groups(picture: Picture) -> None:
    """Which model is slow, and what each costs."""
    await picture.group("kind = LLM | by(model) | sort(-p95(ttft))")
    await picture.take("groups")


async def take_error(picture: Picture, db: Path) -> None:
    """The exception of a tool, three levels below the request that it failed."""
    _shorten_paths(db)
    failed = one(db, "SELECT trace_id FROM spans WHERE name = 'calculator' AND status = 'ERROR'")
    assert failed, "no tool failed"
    await picture.filter("name = calculator status = error")
    await picture.open(failed)
    await picture.press("n")
    await picture.take("error")


async def take_why(picture: Picture) -> None:
    """Why half of the requests are slower than the others."""
    await picture.filter("trace.duration > 3s")
    await picture.press("w")
    await picture.until(picture.is_explained, "the explanation")
    await picture.take("why")


def one(db: Path, query: str) -> Any:
    """The first value of the first row of a query, or None."""
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(_connect(db)) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None
    return None


def _shorten_paths(db: Path) -> None:
    """Write the stacks of the file as if the source lay in two short folders: where it lies is nobody's business."""
    with contextlib.closing(sqlite3.connect(db)) as connection, connection:
        for folder, name in ((REPOSITORY, "tracetui"), (Path(asyncio.__file__).parents[1], "python")):
            connection.execute("UPDATE payload SET events = replace(events, ?, ?)", (str(folder), name))


def _connect(db: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{db}?mode=ro", uri=True)


def main() -> None:
    """Take them all into the folder of this script, or the one given."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tracetui-screenshots-") as temporary:
        os.chdir(temporary)  # the header of the explorer shows the path
        asyncio.run(take_all(Path(FILE_NAME), folder))


if __name__ == "__main__":
    main()
