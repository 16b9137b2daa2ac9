"""What every token derives from has to be long: whoever guesses it makes all of them."""

from __future__ import annotations

SHORTEST_KEY = 32  # bytes; characters of one byte where it is typed
