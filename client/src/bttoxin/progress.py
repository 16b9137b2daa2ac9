"""One-line progress display of a run: in a terminal, in a notebook, or none."""

from __future__ import annotations

import html
import sys
from typing import Any, Protocol, TextIO


class Progress(Protocol):
    """The output for the progress line."""

    def show(self, text: str) -> None:
        """Replace the line."""

    def done(self, text: str) -> None:
        """Replace the line with its final text."""


class Silence:
    """Show nothing."""

    def show(self, text: str) -> None:
        """Take no notice."""

    def done(self, text: str) -> None:
        """Take no notice."""


class Line:
    """A terminal line that is overwritten; elsewhere (a log), only the final line is written."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._written = 0

    def show(self, text: str) -> None:
        """Replace the line if this is a terminal."""
        if self._stream.isatty():
            self._stream.write("\r" + text.ljust(self._written))
            self._stream.flush()
            self._written = len(text)

    def done(self, text: str) -> None:
        """Write the final line."""
        self._stream.write(("\r" if self._stream.isatty() else "") + text.ljust(self._written) + "\n")
        self._stream.flush()
        self._written = 0


class NotebookLine:
    """A Jupyter display that is updated in place; needs no widgets."""

    def __init__(self, display: Any, html_type: Any) -> None:
        self._display = display
        self._html = html_type
        self._handle: Any = None

    def show(self, text: str) -> None:
        """Replace the display."""
        shown = self._html(f"<div>{html.escape(text)}</div>")
        if self._handle is None:  # without text, leave no empty output in the notebook
            self._handle = self._display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def done(self, text: str) -> None:
        """Replace the display with its final text; later output starts a new line."""
        self.show(text)
        self._handle = None


def find_progress() -> Progress:
    """Return the display that suits the environment."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and getattr(shell, "kernel", None) is not None:
        from IPython.display import HTML, display  # type: ignore[import-not-found,unused-ignore]

        return NotebookLine(display, HTML)
    return Line()
