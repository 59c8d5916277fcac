"""The resource: version, environment and git commit of the traced program.

They are metadata of every trace: `version`, `environment`, `git.commit`, `git.branch`, filtered as
`metadata.environment` and so on. They come from `configure`, or else from `TRACETUI_VERSION`, `TRACETUI_ENVIRONMENT`
and `TRACETUI_GIT_COMMIT`, or else from OpenTelemetry's `OTEL_RESOURCE_ATTRIBUTES`. The commit comes last from the files
of the repository around the program; git is not run. An empty variable turns a value off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ...store.conventions import resource_names

_VARIABLES = {
    "version": "TRACETUI_VERSION",
    "environment": "TRACETUI_ENVIRONMENT",
    "git.commit": "TRACETUI_GIT_COMMIT",
}
_MAX_CHARS = 200


def detect_resource(configured: Mapping[str, str | None]) -> dict[str, str]:
    """Return the resource of this process by metadata key. Reads a few small files."""
    attributes = resource_attributes()
    found: dict[str, str] = {}
    for key, names in resource_names.METADATA.items():
        values = [configured.get(key), os.environ.get(_VARIABLES.get(key, "")), *map(attributes.get, names)]
        value = next((one for one in values if one is not None), None)
        if value is not None:
            found[key] = value.strip()[:_MAX_CHARS]
    if "git.commit" not in found:
        with suppress(OSError, ValueError, TypeError):  # a program may set any main file
            found |= git_head(_program_folder()) | found
    return {key: value for key, value in found.items() if value}


def git_head(folder: Path) -> dict[str, str]:
    """Return `git.commit` and `git.branch` of the repository around `folder`; {} if there is none. Raises OSError."""
    for place in (folder, *folder.parents):
        git = place / ".git"
        if git.is_dir():
            return _head(git, git)
        if git.is_file():  # a worktree or a submodule
            own = place / _first_line(git).removeprefix("gitdir:").strip()
            shared = own / "commondir"
            return _head(own, own / _first_line(shared) if shared.is_file() else own)
    return {}


def _head(own: Path, shared: Path) -> dict[str, str]:
    head = _first_line(own / "HEAD")
    if not head.startswith("ref:"):
        return {"git.commit": head} if _is_commit(head) else {}
    ref = head.removeprefix("ref:").strip()
    commit = ""
    for place in (own / ref, shared / ref):
        if place.is_file():
            commit = _first_line(place)
            break
    else:
        packed = shared / "packed-refs"
        if packed.is_file():
            with packed.open(encoding="utf-8", errors="replace") as lines:
                commit = next((line[:-1].partition(" ")[0] for line in lines if line.rstrip().endswith(f" {ref}")), "")
    if not _is_commit(commit):
        return {}
    branch = ref.removeprefix("refs/heads/")
    return {"git.commit": commit} | ({"git.branch": branch[:_MAX_CHARS]} if branch != ref else {})


def _program_folder() -> Path:
    """Return the folder of the main file, or the current folder if that file is a tool such as uvicorn or pytest."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if main:
        path = Path(main).absolute()
        if "site-packages" not in path.parts and not path.is_relative_to(sys.prefix) and path.is_file():
            return path.parent
    return Path.cwd()


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline(4096).strip()


def _is_commit(text: str) -> bool:
    return len(text) in (40, 64) and all(digit in "0123456789abcdef" for digit in text)


def resource_attributes() -> dict[str, str]:
    """Return the attributes of `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`."""
    found = _resource(os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    service = os.environ.get("OTEL_SERVICE_NAME", "").strip()
    return {**found, "service.name": service} if service else found


def _resource(text: str) -> dict[str, str]:
    """Parse OpenTelemetry's percent-encoded `key=value,key=value`."""
    if not text:
        return {}
    from urllib.parse import unquote

    pairs = (pair.partition("=") for pair in text.split(","))
    return {key.strip(): unquote(value.strip()) for key, _, value in pairs if value.strip()}
