"""What is deployed: version, environment and git commit of the traced program, told with every trace.

Metadata of a trace, filtered as `metadata.environment` and so on: `version`, `environment`, `git.commit`,
`git.branch`. They come from `configure`, else from `TRACETUI_VERSION`, `TRACETUI_ENVIRONMENT`, `TRACETUI_GIT_COMMIT`,
else from OpenTelemetry's `OTEL_RESOURCE_ATTRIBUTES`; the commit else from the repository around the program, whose
files are read: git is not run. An empty variable says that nothing is to be told.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_RESOURCE_KEYS = {
    "version": ("service.version",),
    "environment": ("deployment.environment.name", "deployment.environment"),
    "git.commit": ("vcs.ref.head.revision",),
    "git.branch": ("vcs.ref.head.name",),
}
_VARIABLES = {
    "version": "TRACETUI_VERSION",
    "environment": "TRACETUI_ENVIRONMENT",
    "git.commit": "TRACETUI_GIT_COMMIT",
}
_MOST_CHARS = 200


def facts(configured: Mapping[str, str | None]) -> dict[str, str]:
    """What is known of this process, by key of the metadata; reads a few small files, once."""
    resource = resource_attributes()
    found: dict[str, str] = {}
    for key, names in _RESOURCE_KEYS.items():
        told = [configured.get(key), os.environ.get(_VARIABLES.get(key, "")), *map(resource.get, names)]
        value = next((one for one in told if one is not None), None)
        if value is not None:
            found[key] = value.strip()[:_MOST_CHARS]
    if "git.commit" not in found:
        with suppress(OSError, ValueError, TypeError):  # the main file may be anything that a program says it is
            found |= git_head(_program_folder()) | found
    return {key: value for key, value in found.items() if value}


def git_head(folder: Path) -> dict[str, str]:
    """`git.commit` and `git.branch` of the repository that `folder` is in; {} if there is none. Raises OSError."""
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
    return {"git.commit": commit} | ({"git.branch": branch[:_MOST_CHARS]} if branch != ref else {})


def _program_folder() -> Path:
    """The folder of the program's main file, or the current one where that is a tool such as uvicorn or pytest."""
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
    """What `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say of this process."""
    found = _resource(os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    service = os.environ.get("OTEL_SERVICE_NAME", "").strip()
    return {**found, "service.name": service} if service else found


def _resource(text: str) -> dict[str, str]:
    """OpenTelemetry's `key=value,key=value`, percent-encoded."""
    if not text:
        return {}
    from urllib.parse import unquote

    pairs = (pair.partition("=") for pair in text.split(","))
    return {key.strip(): unquote(value.strip()) for key, _, value in pairs if value.strip()}
