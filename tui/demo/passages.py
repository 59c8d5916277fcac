"""The passages of the handbook that ships with the demo."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Passage:
    """A few sentences on one subject; the title is unique in the handbook."""

    id: int
    section: str
    title: str
    text: str


def handbook() -> list[Passage]:
    """All passages of the handbook, in its order, numbered from 1."""
    return parse(files(__package__).joinpath("handbook.md").read_text(encoding="utf-8"))


def parse(markdown: str) -> list[Passage]:
    """The passages of a text: a line below each `###` title, in the section of the last `##` heading."""
    passages: list[Passage] = []
    section = title = ""
    for line in markdown.splitlines():
        if line.startswith("## "):
            section, title = line[3:].strip(), ""
        elif line.startswith("### "):
            title = line[4:].strip()
        elif line.strip() and title:
            passages.append(Passage(len(passages) + 1, section, title, line.strip()))
            title = ""
    return passages
