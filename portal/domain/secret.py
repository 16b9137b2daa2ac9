"""The minimum length of the secret that all tokens derive from: anyone who guessed it could make all tokens."""

from __future__ import annotations

SHORTEST_KEY = 32  # bytes; as many ASCII characters if it is typed
