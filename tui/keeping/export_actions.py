"""The keys that export: the trace under the cursor, the marked traces, or those of the filter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..widgets.menu import Menu, MenuItem
from .deletion_actions import DeletionActions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .export import Export
    from .file_work import Finished

_CANCEL = "cancel"
_LETTERS = {"this": "t", "marked": "k", "filter": "f", "all": "a"}


class ExportActions(DeletionActions):
    """Actions with the scope `screen` of the table `actions`. A subclass has the parts that they use."""

    def __init__(self) -> None:
        super().__init__()
        self._export: Export | None = None
        """The export that is running, of those that the menu has started."""

    def is_in_list(self) -> bool:
        """Whether the list of traces has the focus."""
        raise NotImplementedError

    def show_state(self) -> None:
        """Redraw the status line."""
        raise NotImplementedError

    def action_export(self) -> None:
        """Export the trace under the cursor as JSON into the current directory."""
        if (subject := self.subject()) is not None:
            self.work(self._export_of("json", [subject.trace]).run)

    def action_export_menu(self) -> None:
        """Choose what to export, and the format."""
        if self._export is not None:
            items = [MenuItem(_CANCEL, "cancel it", "c"), MenuItem("", "let it run", "r")]
            self.app.push_screen(Menu(self.session.at_work or "Exporting", items), self._cancel)
        elif (subject := self.subject()) is not None:
            selects = self.session.filter.selects
            if self.session.marks.traces:
                self._offer("marked", subject.trace)
            else:
                self._offer("filter" if selects and self.is_in_list() else "this", subject.trace)

    def _offer(self, scope: str, trace: int) -> None:
        from .export_formats import FORMATS

        scopes = {"this": "this trace", "all": f"all {self._total:,} traces of the file"}
        if self.session.marks.traces:
            scopes["marked"] = f"the {_counted(len(self.session.marks.traces))} marked"
        if self.session.filter.selects:
            known = "" if self.session.searching else f"{_counted(len(self.session.listing))} of the "
            scopes["filter"] = f"the {known}filter"
        items = [MenuItem(f"as {name}", one.label, one.letter) for name, one in FORMATS.items()]
        items += [MenuItem(other, f"instead: {scopes[other]}", _LETTERS[other]) for other in scopes if other != scope]

        def chosen(value: str | None) -> None:
            if value in scopes:
                self._offer(value, trace)
            elif value is not None:
                self._start(value.removeprefix("as "), scope, trace)

        cursor = list(FORMATS).index("json" if scope == "this" else "jsonl")
        self.app.push_screen(Menu(f"Export {scopes[scope]}", items, cursor=cursor), chosen)

    def _start(self, format: str, scope: str, trace: int) -> None:
        ids = {"this": [trace], "marked": list(self.session.marks.traces)}.get(scope)
        export = self._export = self._export_of(format, ids, is_filtered=scope == "filter")
        export.progressed = lambda count: self.app.call_later(self._progressed, export, count)
        self._progressed(export, 0)

        def run() -> Finished:
            try:
                return export.run()
            finally:
                self.app.call_later(self._ended, export)

        self.work(run)

    def _export_of(self, format: str, ids: Sequence[int] | None, *, is_filtered: bool = False) -> Export:
        from .export import Export

        session = self.session
        return Export(
            self.path,
            format,
            Path.cwd(),
            session.now_ns,
            ids,
            session.filter.asked if is_filtered else None,
            session.utc,
            frozenset(session.listing.deleted),
            about=len(ids) if ids is not None else len(session.listing) if is_filtered else self._total,
        )

    @property
    def _total(self) -> int:
        return self.session.total - len(self.session.listing.deleted)

    def _progressed(self, export: Export, count: int) -> None:
        if self._export is export:
            self.session.at_work = f"exporting {count:,} of {max(export.about, count):,}"
            self.show_state()

    def _ended(self, export: Export) -> None:
        if self._export is export:
            self._export = None
            self.session.at_work = ""
            self.show_state()

    def _cancel(self, value: str | None) -> None:
        if value == _CANCEL and self._export is not None:
            self._export.cancelled.set()


def _counted(count: int) -> str:
    return f"{count:,} trace{'' if count == 1 else 's'}"
