"""Check that the installation is complete: the files that requests and jobs need, and what they render."""

from __future__ import annotations

import threading
from collections.abc import Callable

from portal.domain.message import Message
from portal.services.answers import PartHealth
from portal.shipped import file_states

_SHOWN = 5
_States = dict[str, tuple[int, int] | None]


class InstallationCheck:
    """Checks every shipped file, and renders pages and report as requests and jobs do.

    A check costs one `stat` per file. Pages and report are rendered again only if a file has changed. With files
    missing the portal is not ready: pages would answer 500, and tasks would fail
    in their last stage.

    Args:
        render_report: raises if the report cannot be made.
    """

    def __init__(self, render_report: Callable[[], None]) -> None:
        self._render_report = render_report
        self._render_pages: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._known: tuple[_States, PartHealth] | None = None

    def use_pages(self, render_pages: Callable[[], None]) -> None:
        """Check the pages too; set later, because the application is created after its parts."""
        with self._lock:
            self._render_pages = render_pages
            self._known = None

    def __call__(self) -> PartHealth:
        """Return the health of the installation; never raises."""
        states = file_states()
        with self._lock:
            if self._known is None or self._known[0] != states:
                problem = self._find_problem(states)
                message = problem or Message("health.installation_ok", count=len(states))
                self._known = (states, PartHealth("installation", "down" if problem else "ok", message))
            return self._known[1]

    def _find_problem(self, states: _States) -> Message | None:
        missing = [name for name, state in states.items() if state is None]
        if missing[_SHOWN:]:
            more = len(missing) - _SHOWN
            return Message("health.installation_missing_more", names=missing[:_SHOWN], count=more)
        if missing:
            return Message("health.installation_missing", names=missing)
        if reason := _failure(self._render_report):
            return Message("health.report_broken", reason=reason)
        if self._render_pages and (reason := _failure(self._render_pages)):
            return Message("health.pages_broken", reason=reason)
        return None


def _failure(render: Callable[[], None]) -> str | None:
    try:
        render()
    except Exception as error:  # a template or a catalogue may raise anything
        return f"{type(error).__name__}: {error}"
    return None
