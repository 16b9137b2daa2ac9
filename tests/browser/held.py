"""Requests of a page that wait until a test lets them go, as on a slow network."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Request, Route


class Held:
    """Requests that are held back, by their address, their kind, or both.

    Those that come after they were let go are not held: a test cannot know whether a page has asked already.
    """

    def __init__(self, page: Page, pattern: str = "", *, kinds: tuple[str, ...] = ()) -> None:
        """pattern: a regular expression in their addresses. kinds: as the browser calls them; all, if none is named."""
        self._waiting: list[Route] = []
        self._kinds = set(kinds)
        self._is_open = False
        page.route(re.compile(pattern), self._take)

    def _holds(self, request: Request) -> bool:
        return not self._is_open and (not self._kinds or request.resource_type in self._kinds)

    def _take(self, route: Route) -> None:
        if self._holds(route.request):
            self._waiting.append(route)
        else:
            route.continue_()

    def let_go(self, *kinds: str) -> None:
        """Let requests of these kinds go (all, if none is named), those that wait and those to come."""
        self._kinds -= set(kinds)
        self._is_open = not (kinds and self._kinds)
        going = [route for route in self._waiting if not self._holds(route.request)]
        self._waiting = [route for route in self._waiting if self._holds(route.request)]
        for route in going:
            route.continue_()
