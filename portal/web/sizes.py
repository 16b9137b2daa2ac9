"""Sizes, in bytes, shared by the edge, the uploads and the API: limits of bodies and of pieces."""

from __future__ import annotations

SMALL_BYTES = 64 * 1024  # maximum body, except uploads
LIST_BYTES = 2 * 1024**2  # maximum body with a list of a thousand genomes, with names in any script or with tokens
PIECE_BYTES = 64 * 1024  # piece of a streamed response
FEED_BYTES = 64 * 1024  # piece of an upload passed on; the FASTA checker buffers what it needs
