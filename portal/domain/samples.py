"""The ready samples: results of synthetic genomes that the portal makes for itself, and everybody may read."""

from __future__ import annotations

from collections.abc import Mapping

# In place of a submitter's pseudonym, which is always 16 hexadecimal digits: no client can be called so.
SAMPLE_SUBMITTER = "samples"
# Names as in the address of the page, with the name of the genome, which tells everywhere that it is not a real strain.
SAMPLE_STRAINS: Mapping[str, str] = {
    "kurstaki": "synthetic_kurstaki",
    "israelensis": "synthetic_israelensis",
    "none": "synthetic_none",
}


def is_sample(submitter: str) -> bool:
    """Tell whether a task or submission of this submitter is one of the portal's samples."""
    return submitter == SAMPLE_SUBMITTER


def sample_name(strain: str) -> str:
    """Return the name of the sample that a strain is; empty if it is none."""
    return next((name for name, each in SAMPLE_STRAINS.items() if each == strain), "")
