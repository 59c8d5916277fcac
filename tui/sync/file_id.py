"""The id of a trace file as an application that writes to Delta Lake tables, kept beside the file."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...store.file.private_file import write_atomically
from ...store.read.reader import Reader
from ..errors import CommandError


def file_id(reader: Reader, new_id: Callable[[], str] = lambda: str(uuid.uuid4())) -> str:
    """Return the id of a trace file, made and written at the first call; another file at the path has another id.

    The file is known by its first process, which is never deleted. Raises CommandError.
    """
    path = reader.path.with_name(f"{reader.path.name}.sync.json")
    first = [[process.pid, process.host, process.started_ns] for process in list(reader.processes().values())[:1]]
    stored = _stored(path)
    if stored is None or stored["first_process"] != first:
        text = json.dumps({"id": new_id(), "first_process": first})
        try:
            write_atomically(path, [text.encode()], replace=stored is not None)
        except FileExistsError:  # another process was first
            pass
        except OSError as error:
            raise CommandError(f"cannot write {path}: {error.strerror or error}") from None
        stored = _stored(path)
        assert stored is not None
    return str(stored["id"])


def _stored(path: Path) -> dict[str, Any] | None:
    try:
        stored = json.loads(path.read_bytes())
        return {name: stored[name] for name in ("id", "first_process")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(
            f"cannot read {path}: {error}; without it, spans that tables have already would be appended again"
        ) from None
