"""How much is taken and handed on at a time, in bytes: what the edge, the uploads and the API agree on."""

from __future__ import annotations

SMALL_BYTES = 64 * 1024  # of any body but an upload's
LIST_BYTES = 2 * 1024**2  # of a list of a thousand genomes, with names of any script or with tokens
PIECE_BYTES = 64 * 1024  # of an answer that is sent in pieces
FEED_BYTES = 64 * 1024  # of an upload that is handed on; the FASTA checker gathers what it needs
