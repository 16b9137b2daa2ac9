"""The wording of the pages: states, stages, failures, reasons to wait, targets, parameters, pictures.

The keys are API values; every word is translated when it is rendered. A test fails if a table lacks a key of the
domain; values known only to a scheduler or a data file are shown unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.status import FailureKind, PipelineStage, TaskStatus
from portal.domain.submission import ItemStatus
from portal.results.names import FOLDERS, Picture
from portal.web.texts.i18n import lazy_gettext as _l

STATUS = {
    TaskStatus.PENDING: _l("Accepted"),
    TaskStatus.QUEUED: _l("Waiting"),
    TaskStatus.RUNNING: _l("Running"),
    TaskStatus.COMPLETED: _l("Completed"),
    TaskStatus.FAILED: _l("Failed"),
}
CANCELLED = _l("Cancelled")
ITEM_STATUS = {
    ItemStatus.AWAITED: _l("Not sent yet"),
    ItemStatus.REFUSED: _l("Not accepted"),
    ItemStatus.LAPSED: _l("Never sent"),
    ItemStatus.DELETED: _l("Deleted"),
    ItemStatus.REPLACED: _l("Run again since"),
}

STAGE = {
    PipelineStage.DIGGER: _l("Toxin genes"),
    PipelineStage.SHOTER: _l("Likely targets"),
    PipelineStage.PLOTS: _l("Pictures"),
    PipelineStage.BUNDLE: _l("Report and bundle"),
}
STAGE_PURPOSE = {
    PipelineStage.DIGGER: _l("Digger searches the genome for known toxin families."),
    PipelineStage.SHOTER: _l("Shoter weighs the evidence on which insects they act."),
    PipelineStage.PLOTS: _l("Heat maps, gene maps and domain drawings."),
    PipelineStage.BUNDLE: _l("One ZIP with everything and its checksums."),
}
STAGE_WORK = {
    PipelineStage.DIGGER: _l("The genome is searched for toxin genes."),
    PipelineStage.SHOTER: _l("Weighing the published evidence on its toxins."),
    PipelineStage.PLOTS: _l("The pictures are being drawn."),
    PipelineStage.BUNDLE: _l("The report is written and everything is packed."),
}
STAGE_STATE = {
    "waiting": _l("waiting"),
    "running": _l("running"),
    "done": _l("done"),
    "failed": _l("failed"),
    "reused": _l("kept from the attempt before"),
    "stopped": _l("stopped"),
    "unreached": _l("not run"),
}


ORDER = {
    "Lepidoptera": (_l("Lepidoptera"), _l("moths and butterflies")),
    "Coleoptera": (_l("Coleoptera"), _l("beetles")),
    "Diptera": (_l("Diptera"), _l("flies and mosquitoes")),
    "Hemiptera": (_l("Hemiptera"), _l("true bugs, aphids, planthoppers")),
    "Hymenoptera": (_l("Hymenoptera"), _l("sawflies, ants, bees, wasps")),
    "Orthoptera": (_l("Orthoptera"), _l("grasshoppers, crickets")),
    "Blattodea": (_l("Blattodea"), _l("cockroaches")),
    "Isoptera": (_l("Isoptera"), _l("termites")),
    "Thysanoptera": (_l("Thysanoptera"), _l("thrips")),
    "Siphonaptera": (_l("Siphonaptera"), _l("fleas")),
    "Phthiraptera": (_l("Phthiraptera"), _l("lice")),
    "Acari": (_l("Acari"), _l("mites and ticks")),
    "Nematoda": (_l("Nematoda"), _l("roundworms")),
    "Mollusca": (_l("Mollusca"), _l("snails and slugs")),
    "Platyhelminthes": (_l("Platyhelminthes"), _l("flatworms, flukes")),
    "Protozoa": (_l("Protozoa"), _l("single-celled parasites")),
    "Neuroptera": (_l("Neuroptera"), _l("lacewings (beneficial)")),
    "Odonata": (_l("Odonata"), _l("dragonflies")),
    "Collembola": (_l("Collembola"), _l("springtails")),
    "Crustacea": (_l("Crustacea"), _l("crustaceans")),
    "Mammalia": (_l("Mammalia"), _l("mammals")),
    "Human cancer cells": (_l("Human cancer cells"), _l("cell lines, in vitro")),
}
SCORE_STATE = {
    "tested": _l("tested directly"),
    "inherited": _l("effect known of relatives only"),
    "partner_missing": _l("partner protein missing"),
    "broken": _l("gene broken"),
    "negative_only": _l("tested, found inactive"),
    "inconclusive": _l("too few tests to tell"),
    "no_evidence": _l("no record: unknown, not zero"),
}
# The report's wording; portal/results/conclusion.py defines the meanings.
ASSESSMENT = {
    "likely": _l("likely"),
    "possible": _l("possible"),
    "little_support": _l("little support"),
    "cannot_be_told": _l("cannot be told"),
    "inactive": _l("inactive"),
    "undecided": _l("undecided"),
    "no_record": _l("no record"),
}
GENE_FLAG = {
    "contig_edge": _l("cut by the contig's end"),
    "partial": _l("incomplete"),
    "internal_stop": _l("stop inside"),
    "hmm_only": _l("profile hit only"),
}
# Forms of the genes on the map of a genome.
GENE_SHAPE = {
    "whole": _l("intact"),
    "piece": _l("piece of a gene on several contigs"),
    "broken": _l("broken"),
    "altered": _l("altered behind its toxin core"),
    "cut": _l("cut by the end of a contig or a gap"),
    "remnant": _l("remnant"),
    "unjudged": _l("not judged"),
}
TIER = {"primary": _l("primary target"), "secondary": _l("secondary target")}


@dataclass(frozen=True)
class ParameterWords:
    """A parameter's label and its explanation; `choices` names the values of a choice."""

    label: object
    explanation: object
    choices: tuple[tuple[str, object], ...] = ()


PARAMETER = {
    "min_identity": ParameterWords(
        _l("Minimum identity"),
        _l(
            "Hits that are less similar to a known toxin than this are listed but not scored. 0.8 means that 80 % of"
            " the amino acids are identical."
        ),
    ),
    "min_coverage": ParameterWords(
        _l("Minimum coverage"),
        _l("Hits that cover less of the known toxin than this are listed but not scored. 0 takes fragments as well."),
    ),
    "allow_unknown_families": ParameterWords(
        _l("Keep families without records"),
        _l("Toxins without any record stay in the tables as “target unknown”. They never raise a score."),
    ),
    "require_index_hit": ParameterWords(
        _l("Only toxins with records"),
        _l("Leave out every hit whose name, subfamily and family are all absent from the evidence table."),
    ),
    "sequence_kind": ParameterWords(
        _l("What the file holds"),
        _l("Detected automatically. Choose only if that was wrong."),
        (
            ("auto", _l("Detect automatically")),
            ("nucl", _l("genome or contigs (DNA)")),
            ("prot", _l("proteins")),
            ("orfs", _l("coding sequences (DNA)")),
        ),
    ),
}

LIMIT = {
    "time_limit_hours": _l("Time limit of the whole task, in hours"),
    "memory_gb": _l("Memory of each job, in GB"),
}

# The limit that a run reached.
LIMIT_OF_FAILURE = {FailureKind.TIMEOUT: "time_limit_hours", FailureKind.OUT_OF_MEMORY: "memory_gb"}
RUN_AGAIN = {
    FailureKind.TIMEOUT: _l("Run again with more time"),
    FailureKind.OUT_OF_MEMORY: _l("Run again with more memory"),
}

# Pictures by name prefix, in the order of the page; others follow under their file names.
PICTURE = {
    Picture.TARGET_SCORES.value: _l("Scores by order: ranks, not probabilities. Hatched cells: no record."),
    Picture.SCORE_INTERVALS.value: _l("Scores and their 5–95 % intervals."),
    Picture.SPECIES_SCORES.value: _l("Scores by species, where species are recorded."),
    Picture.PER_HIT.value: _l("What each hit contributes to each score."),
    Picture.IDENTITY_COVERAGE.value: _l("How close the toxins are to known ones."),
    Picture.GENE_NEIGHBOURHOOD.value: _l("Where the toxin genes lie, with 10 kb on either side."),
    Picture.DOMAINS.value: _l("Toxin proteins and their domains, to scale."),
    Picture.INVENTORY.value: _l("Toxins found, by family."),
}

FOLDER = {
    FOLDERS[PipelineStage.DIGGER]: _l("Toxin genes"),
    FOLDERS[PipelineStage.SHOTER]: _l("Likely targets"),
    FOLDERS[PipelineStage.PLOTS]: _l("Pictures"),
    FOLDERS[PipelineStage.BUNDLE]: _l("Report and bundle"),
}

PART = {
    "disk": _l("Disk"),
    "redis": _l("Cache (Redis)"),
    "scheduler": _l("Cluster"),
    "poller": _l("Background process"),
    "engine": _l("Toxin search"),
    "reference": _l("Toxin reference"),
    "installation": _l("Installation"),
    "notifications": _l("Notifications"),
}
PART_STATE = {"ok": _l("fine"), "degraded": _l("limited"), "down": _l("down"), "off": _l("not used")}


# What records of the evidence table name where they name no species.
NOT_A_SPECIES = {
    "(order level)": _l("no species named"),
    "(two orders)": _l("two orders, no species named"),
    "(four orders)": _l("four orders, no species named"),
    "(several species)": _l("several species"),
    "(Hemiptera)": _l("no species named"),
    "(caterpillars)": _l("caterpillars"),
    "(nematicidal)": _l("nematicidal"),
    "(growth, high dose)": _l("growth at a high dose"),
    "(review)": _l("review"),
    "(Bti crystal)": _l("crystal of Bti"),
    "(L. sphaericus crystal)": _l("crystal of L. sphaericus"),
}


def target_name(target: str) -> str:
    """Return the name of an order in the language of the page; other targets are returned unchanged."""
    return str(ORDER[target][0]) if target in ORDER else target


def written_target(text: str) -> str:
    """Return what a record says instead of a species, in the language of the page; a species is returned unchanged."""
    return str(NOT_A_SPECIES[text]) if text in NOT_A_SPECIES else target_name(text)


def item_word(status: ItemStatus, *, cancelled: bool = False) -> str:
    """Return the word for the state of a genome in a submission."""
    if cancelled:
        return str(CANCELLED)
    return str(ITEM_STATUS[status] if status in ITEM_STATUS else STATUS[TaskStatus(status.value)])


def by_prefix(table: dict[str, object], text: str) -> object | None:
    """Return the value with the longest key that is a prefix of the text; None if no key matches."""
    fitting = [key for key in table if text.startswith(key)]
    return table[max(fitting, key=len)] if fitting else None
