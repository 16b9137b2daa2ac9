"""A page in a state, to be looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from playwright.sync_api import Page

_SCROLL_THROUGH = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const all = document.documentElement;
  for (let y = 0; y < all.scrollHeight; y += innerHeight) { scrollTo(0, y); await frame(); await frame(); }
  scrollTo(0, 0);
}"""


@dataclass(frozen=True)
class Scene:
    """A page in a state: who looks at it (`owner`, or the name of a visitor), and what they do first.

    `address` holds `{lang}` where the language is part of it; else it is asked for by `lang=`. `during`: what holds in
    the portal while it is looked at.
    """

    name: str
    address: str
    visitor: str = "owner"
    act: Callable[[Page], None] | None = None
    during: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext

    def visit(self, page: Page, lang: str) -> None:
        """Open the page in a language, until all of it has come."""
        where, hash_, anchor = self.address.partition("#")
        asked = f"{where}{'&' if '?' in where else '?'}lang={lang}"
        address = where.format(lang=lang) if "{lang}" in where else asked
        page.goto("about:blank")
        page.goto(address + hash_ + anchor)
        page.wait_for_load_state("networkidle")
        page.evaluate(_SCROLL_THROUGH)  # what is drawn when a reader comes near it
        page.wait_for_load_state("networkidle")
        if self.act:
            self.act(page)
            page.wait_for_load_state("networkidle")
