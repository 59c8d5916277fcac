"""Back and forward through the filters, traces and spans that the user has been at."""

from __future__ import annotations

from ..state.places import Place, Places
from ..widgets.filter_bar import FilterInput
from .key_actions import KeyActions


class PlaceActions(KeyActions):
    """Notes the places that the user leaves by opening a trace, following a link or another filter."""

    places: Places
    _going_to: Place | None = None
    """The place whose list is being searched for."""
    _is_typing = False
    """Whether the user types a filter, and the place before it is noted."""

    def go_to(self, pane: str) -> None:
        """Move the focus to a pane."""
        raise NotImplementedError

    def place(self) -> Place:
        """Returns where the user is."""
        listing, open_trace = self.session.listing, self.session.open_trace
        span = open_trace.span if open_trace is not None else None
        is_open = open_trace is not None and open_trace.trace.id == listing.selected
        return Place(
            self.filter.good_text,
            None if listing.following else listing.selected,
            span.span_id if span is not None and is_open else None,
            self.pane_focus.at,
        )

    def leave_place(self) -> None:
        """Note the place, which the user is about to leave."""
        self.places.leave(self.place())

    def leave_filter(self, before: Place) -> None:
        """Note the place before another filter: once for all letters of one that is typed."""
        if self._going_to is not None and self._going_to.filter_text == self.filter.good_text:
            return
        self._going_to = None
        is_typing = isinstance(self.focused, FilterInput)
        if not (is_typing and self._is_typing):
            self.places.leave(before)
        self._is_typing = is_typing

    def ended_typing(self) -> None:
        """Note that the focus has left the filter: the next letter begins another one."""
        self._is_typing = False

    def action_go_back(self) -> None:
        """Go to the place before."""
        self._go(self.places.back(self.place()), "Nowhere to go back to: this is where you began")

    def action_go_forward(self) -> None:
        """Go to the place that going back has left."""
        self._go(self.places.forward(self.place()), "Nowhere to go forward to")

    def arrive(self) -> None:
        """Go to the trace and the span of the place, now that its list is there."""
        place, self._going_to = self._going_to, None
        if place is None:
            return
        if place.filter_text != self.filter.good_text:
            self._going_to = place
            return
        listing = self.session.listing
        if place.trace is None or place.trace not in listing:
            listing.following = place.trace is None
            self.go_to("traces")
            self.show_list()
            return
        self.trace_opener.go_to(place.trace, place.span)
        self.trace_list.move_cursor(listing.cursor(), by_user=False)
        self.go_to(place.pane)

    def _go(self, place: Place | None, complaint: str) -> None:
        if place is None:
            self.say(complaint)
            return
        self._going_to = place
        if place.filter_text == self.filter.good_text:
            self.arrive()
        else:
            self.filter_bar.set_text(place.filter_text)
