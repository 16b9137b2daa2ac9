"""The names of result files: the one place that spells them."""

from __future__ import annotations

TOXINS_JSON = "toxins.json"
LOCI_JSON = "loci.json"
SCORES_JSON = "strain_scores.json"
SPECIES_JSON = "strain_species_scores.json"
