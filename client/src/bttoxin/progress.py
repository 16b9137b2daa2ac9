"""One line that tells how far a run is: in a terminal, in a notebook, or nowhere."""

from __future__ import annotations

import html
import sys
from typing import Any, Protocol, TextIO


class Progress(Protocol):
    """Where the one line goes."""

    def show(self, text: str) -> None:
        """Replace the line."""

    def done(self, text: str) -> None:
        """Replace the line for good."""


class Silence:
    """Show nothing."""

    def show(self, text: str) -> None:
        """Take no notice."""

    def done(self, text: str) -> None:
        """Take no notice."""


class Line:
    """A line of a terminal that is written over; elsewhere (a log) only what is final."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._written = 0

    def show(self, text: str) -> None:
        """Replace the line where there is a terminal."""
        if self._stream.isatty():
            self._stream.write("\r" + text.ljust(self._written))
            self._stream.flush()
            self._written = len(text)

    def done(self, text: str) -> None:
        """Write the line and leave it."""
        self._stream.write(("\r" if self._stream.isatty() else "") + text.ljust(self._written) + "\n")
        self._stream.flush()
        self._written = 0


class NotebookLine:
    """A display of Jupyter that is updated in place; needs no widgets."""

    def __init__(self, display: Any, html_type: Any) -> None:
        self._display = display
        self._html = html_type
        self._handle: Any = None

    def show(self, text: str) -> None:
        """Replace the display."""
        shown = self._html(f"<div>{html.escape(text)}</div>")
        if self._handle is None:  # what shows nothing leaves no empty output in the notebook
            self._handle = self._display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def done(self, text: str) -> None:
        """Replace the display for good; what comes next has a line of its own."""
        self.show(text)
        self._handle = None


def find_progress() -> Progress:
    """Return the display that fits where this runs."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and getattr(shell, "kernel", None) is not None:
        from IPython.display import HTML, display  # type: ignore[import-not-found,unused-ignore]

        return NotebookLine(display, HTML)
    return Line()
