"""Does a page move when its scripts, or the answers to them, come late? They are held back until it has been painted.

Nothing here depends on how fast a machine is: each step waits for the one before it, whatever time that takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.held import Held

PATIENCE_MS = 120_000

# The browser's own measure, with the elements that moved and from where to where.
_WATCH = """
window.moved = [];
new PerformanceObserver((list) => {
  const box = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
  const name = (node) => {
    const element = node?.nodeType === 1 ? node : node?.parentElement;
    return element ? element.cloneNode(false).outerHTML.slice(0, 120) : "gone";
  };
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    const told = sources.map(
      (source) => `${name(source.node)} ${box(source.previousRect)} to ${box(source.currentRect)}`);
    window.moved.push([value, told.join("; ")]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
# Until what an event brings about has been drawn, and the events that come of that have been heard.
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
_SCRIPTED = "() => document.documentElement.classList.contains('scripted')"


@dataclass(frozen=True)
class Shift:
    """The sum of all layout shifts of a visit, and what moved."""

    value: float
    moved: tuple[str, ...]


def shift_with_late_scripts(page: Page, address: str, *, at: str = "", charts: int = 0) -> Shift:
    """Open an address in a fresh page, return how far it moves, and close it.

    at: where to scroll to first (a selector). charts: so many are drawn in the end.
    """
    held = Held(page, kinds=("script", "fetch", "xhr"))
    page.add_init_script(_WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_function(_PAINTED, timeout=PATIENCE_MS)
    if at:
        page.locator(at).wait_for(state="attached", timeout=PATIENCE_MS)
        page.evaluate("at => document.querySelector(at).scrollIntoView()", at)
        page.evaluate(TWO_FRAMES)
    held.let_go("script")
    page.wait_for_function(_SCRIPTED, timeout=PATIENCE_MS)
    page.evaluate(TWO_FRAMES)
    held.let_go("fetch", "xhr")
    page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
    if charts:
        drawn = "charts => document.querySelectorAll('figure.charted').length >= charts"
        page.wait_for_function(drawn, arg=charts, timeout=PATIENCE_MS)
    page.evaluate(TWO_FRAMES)
    entries: list[tuple[float, str]] = page.evaluate("window.moved")
    page.close()
    return Shift(sum(value for value, _ in entries), tuple(told for _, told in entries))
