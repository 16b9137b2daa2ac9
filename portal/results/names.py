"""Names of result files and of their folders in a bundle, defined only here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from portal.domain.status import Lang, PipelineStage

# The folder of each stage in a bundle.
FOLDERS: Mapping[PipelineStage, str] = {
    PipelineStage.DIGGER: "1_Toxin_Mining",
    PipelineStage.SHOTER: "2_Target_Prediction",
    PipelineStage.PLOTS: "3_Plots",
    PipelineStage.BUNDLE: "4_Report",
}

# Digger; the first three as BtToxin_Digger names them.
ALL_TOXINS = "All_Toxins.txt"
GENE_TABLE = "Bt_all_genes.table"
WITHOUT_TOXINS = "Strains_without_toxins_found.txt"
TOXINS_TSV = "toxins.tsv"
TOXINS_JSON = "toxins.json"
LOCI_JSON = "loci.json"
LOCI_TSV = "loci.tsv"
SCREENING_JSON = "screening.json"
SCREENING_TSV = "screening.tsv"
CANDIDATES_JSON = "candidates.json"
CANDIDATES_TSV = "candidates.tsv"
ALIGNMENTS_JSON = "alignments.json"
DIGGER_JSON = "digger.json"

# Shoter.
TOXIN_SUPPORT_TSV = "toxin_support.tsv"
TARGET_SCORES_TSV = "strain_target_scores.tsv"
SPECIES_SCORES_TSV = "strain_target_species_scores.tsv"
ACCESSORY_TSV = "accessory.tsv"
SCORES_JSON = "strain_scores.json"
SPECIES_JSON = "strain_species_scores.json"
SHOTER_JSON = "shoter.json"
EVIDENCE_JSON = "evidence.json"
EVIDENCE_TSV = "evidence.tsv"
BIOASSAYS_JSON = "bioassays.json"
BIOASSAYS_TSV = "bioassays.tsv"

# Report and bundle.
REPORT_HTML = "report.html"
REPORT_MARKDOWN = "report.md"
BUNDLE_ZIP = "bundle.zip"
MANIFEST_JSON = "manifest.json"
CRATE_JSON = "ro-crate-metadata.json"
CHECKSUMS = "SHA256SUMS"
README = "README.md"

# The comparison of several tasks.
COMPARISON_FOLDER = "Comparison"
COMPARE_JSON = "compare.json"
COMPARE_CONCLUSIONS_TSV = "compare_conclusions.tsv"
COMPARE_TARGETS_TSV = "compare_targets.tsv"
COMPARE_TOXINS_TSV = "compare_toxins.tsv"
COMPARE_ZIP = "compare.zip"


class Picture(StrEnum):
    """Prefixes of the names of a task's pictures, in reading order; some names end with the strain."""

    TARGET_SCORES = "strain_target_scores"
    SCORE_INTERVALS = "score_intervals"
    SPECIES_SCORES = "strain_target_species_scores"
    PER_HIT = "per_hit"
    IDENTITY_COVERAGE = "identity_coverage"
    GENE_NEIGHBOURHOOD = "gene_neighbourhood"
    DOMAINS = "domains"
    INVENTORY = "inventory"


class ComparePicture(StrEnum):
    """Prefixes of the names of a comparison's pictures."""

    TARGETS = "compare_targets"
    TOXINS = "compare_toxins"
    INVENTORY = "compare_inventory"
    SPECIES = "compare_species"


COMPARE_FILES = (
    COMPARE_ZIP,
    COMPARE_JSON,
    COMPARE_CONCLUSIONS_TSV,
    COMPARE_TARGETS_TSV,
    COMPARE_TOXINS_TSV,
    *(f"{picture}.{ending}" for picture in ComparePicture for ending in ("svg", "png")),
)


def with_language(name: str, lang: Lang) -> str:
    """Return the name of a file in a language that was not chosen: `report.zh.html`."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{lang}{dot}{ending}"


def report_names(lang: Lang, chosen: Lang) -> tuple[str, str]:
    """Return the names of the report in `lang` as HTML and Markdown; in the task's `chosen` language they are plain."""
    plain = (REPORT_HTML, REPORT_MARKDOWN)
    return plain if lang is chosen else (with_language(REPORT_HTML, lang), with_language(REPORT_MARKDOWN, lang))


READMES: Mapping[Lang, str] = {Lang.EN: README, Lang.ZH: with_language(README, Lang.ZH)}


def languages(chosen: Lang) -> tuple[Lang, ...]:
    """Return the languages of a task's reports, the one that was chosen first."""
    return chosen, *(lang for lang in Lang if lang is not chosen)


def strain_list(strain: str) -> str:
    """Return the name of BtToxin_Digger's summary of one strain."""
    return f"{strain}.list"


def strain_gff3(strain: str) -> str:
    """Return the name of one strain's hits as GFF3."""
    return f"{strain}.gff3"


def strain_genbank(strain: str) -> str:
    """Return the name of one strain's hits as GenBank."""
    return f"{strain}.gbk"


def strain_proteins(strain: str) -> str:
    """Return the name of one strain's genes as proteins."""
    return f"{strain}.genes.faa"


def strain_genes(strain: str) -> str:
    """Return the name of one strain's genes as DNA with their flanks."""
    return f"{strain}.genes.fna"


def strain_candidates(strain: str) -> str:
    """Return the name of the proteins of one strain's candidates for new toxins."""
    return f"{strain}.candidates.faa"


def strain_candidate_alignments(strain: str) -> str:
    """Return the name of the alignments of one strain's candidates with their closest named toxins."""
    return f"{strain}.candidates.txt"


def strain_alignments(strain: str) -> str:
    """Return the name of the alignments of one strain's hits."""
    return f"{strain}.alignments.txt"


def strain_toxins(strain: str) -> str:
    """Return the name of `toxins.json` in a batch, where each strain has one."""
    return f"{strain}.{TOXINS_JSON}"


def plot_table(stem: str) -> str:
    """Return the name of the table behind a picture."""
    return f"{stem}.plot.tsv"
