"""What a benchmark found, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .spread import short


@dataclass(frozen=True)
class Goal:
    """A number we hold ourselves to."""

    what: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the value is on the right side of its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Report:
    """One table, what it needs to be understood, and the goals it answers."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def markdown(self) -> str:
        """The report as Markdown."""
        lines = [f"### {self.title}", "", *table(self.header, self.rows)]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    return [_line(header), _line(["---"] * len(header)), *map(_line, rows)]


def goals_table(goals: Sequence[Goal]) -> str:
    """All goals, those that were missed first."""
    rows = [
        (
            goal.what,
            short(goal.value),
            ("≥ " if goal.at_least else "≤ ") + short(goal.limit),
            "yes" if goal.is_met else "**no**",
        )
        for goal in sorted(goals, key=lambda goal: goal.is_met)
    ]
    return "\n".join(["### Goals", "", *table(("what", "measured", "goal", "met"), rows)]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
