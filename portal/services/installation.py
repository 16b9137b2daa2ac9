"""Whether the installation is whole: the files that requests and jobs need, and what is rendered with them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from portal.domain.message import Message
from portal.services.answers import PartHealth
from portal.shipped import file_states

_SHOWN = 5
_States = dict[str, tuple[int, int] | None]


class InstallationCheck:
    """Looks for every shipped file, and renders what requests and jobs render with them: pages and report.

    A look costs a `stat` for each file. What is rendered is rendered again only when a file has changed. An
    installation that lost files keeps the portal from being ready: pages would answer 500, and tasks would fail
    in their last stage.

    Args:
        render_report: raises where the report cannot be made.
    """

    def __init__(self, render_report: Callable[[], None]) -> None:
        self._render_report = render_report
        self._render_pages: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._known: tuple[_States, PartHealth] | None = None

    def use_pages(self, render_pages: Callable[[], None]) -> None:
        """Have the pages rendered too; there is an application only after its parts."""
        with self._lock:
            self._render_pages = render_pages
            self._known = None

    def __call__(self) -> PartHealth:
        """Return how the installation is; never raises."""
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
    except Exception as error:  # whatever a template or a catalogue raises
        return f"{type(error).__name__}: {error}"
    return None
