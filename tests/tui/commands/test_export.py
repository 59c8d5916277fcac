"""`tracetui export`: one trace as a JSON document."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run
from tracetui.store.model.rows import AttachmentRecord
from tracetui.store.write import attachments

if TYPE_CHECKING:
    from pathlib import Path


def test_export_writes_a_document_to_stdout_or_a_file(file: TraceFile, run: Run, tmp_path: Path) -> None:
    """The same in both."""
    on_stdout = run("export", "last").out
    assert json.loads(on_stdout)["trace"]["trace_id"] == "a2" * 16
    target = tmp_path / "out.json"
    ran = run("export", "tr-a2a2", "-o", str(target))
    assert target.read_text() == on_stdout
    assert (ran.out, ran.err) == ("", f"tracetui: wrote {target}\n")
    target.write_text("mine")
    ran = run("export", "last", "-o", str(target))
    assert (ran.code, target.read_text()) == (1, "mine")
    assert ran.err == f"tracetui: {target} exists already: give --force to replace it, or another name\n"
    assert run("export", "last", "--force", "-o", str(target)).code == 0
    assert target.read_text() == on_stdout


def test_export_says_which_traces_it_could_be(file: TraceFile, run: Run) -> None:
    """With their names, made safe."""
    ran = run("export", "a")
    assert ran.code == 1
    assert f"{'a1' * 16}  second⏎line ␛[2J" in ran.err


@pytest.mark.parametrize("wanted", ["ffff", "no-id"])
def test_export_of_nothing_says_where_to_look(file: TraceFile, run: Run, wanted: str) -> None:
    """One line, with the way out."""
    ran = run("export", wanted)
    assert (ran.code, ran.out) == (1, "")
    assert "tracetui ls" in ran.err
    assert ran.err.count("\n") == 1


def test_export_to_a_place_that_is_not_there_says_so(file: TraceFile, run: Run) -> None:
    """And names it."""
    ran = run("export", "last", "-o", "/nowhere/out.json")
    assert ran.code == 1
    assert ran.err == "tracetui: cannot write /nowhere/out.json: No such file or directory\n"


def test_export_writes_attachments_beside_the_document(run: Run, file: TraceFile, tmp_path: Path) -> None:
    """Into a directory that is made; else their bytes are in the document."""
    image = b"\x89PNG" + bytes(5_000)
    attachments.insert(file.connection, [(3, AttachmentRecord(sha256(image).digest(), "image/png", image))])
    images = tmp_path / "images"
    document = json.loads(run("export", "last", "--attachments", str(images)).out)
    (path,) = images.iterdir()
    assert path.read_bytes() == image
    assert path.suffix == ".png"
    assert [one["file"] for one in document["attachments"]] == [str(path)]
    (embedded,) = json.loads(run("export", "last").out)["attachments"]
    assert embedded["base64"].startswith("iVBO")
    (tmp_path / "file").write_text("")
    ran = run("export", "last", "--attachments", str(tmp_path / "file"))
    assert ran.code == 1
    assert "cannot write" in ran.err
