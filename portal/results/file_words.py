"""What each result file and folder holds, in words, by the names of `portal.results.names`."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.message import Message
from portal.domain.status import Lang, PipelineStage
from portal.results import names
from portal.results.citations import FORMATS as CITATIONS

FOLDER_WORDS: Mapping[str, Message] = {
    names.FOLDERS[PipelineStage.DIGGER]: Message("content.mining"),
    names.FOLDERS[PipelineStage.SHOTER]: Message("content.targets"),
    names.FOLDERS[PipelineStage.PLOTS]: Message("content.plots"),
    names.FOLDERS[PipelineStage.BUNDLE]: Message("content.report"),
    names.COMPARISON_FOLDER: Message("content.comparison"),
}
_LANGUAGES: Mapping[Lang, Message] = {Lang.EN: Message("content.language.en"), Lang.ZH: Message("content.language.zh")}
# In the order in which one reads them.
_FILES: Mapping[str, Message] = {
    names.TOXINS_TSV: Message("content.toxins_tsv"),
    names.TOXINS_JSON: Message("content.toxins_json"),
    names.LOCI_TSV: Message("content.loci_tsv"),
    names.LOCI_JSON: Message("content.loci_json"),
    names.CANDIDATES_TSV: Message("content.candidates_tsv"),
    names.CANDIDATES_JSON: Message("content.for_programs"),
    names.SCREENING_TSV: Message("content.screening_tsv"),
    names.SCREENING_JSON: Message("content.for_programs"),
    names.ALIGNMENTS_JSON: Message("content.alignments_json"),
    names.ALL_TOXINS: Message("content.all_toxins"),
    names.GENE_TABLE: Message("content.gene_table"),
    names.WITHOUT_TOXINS: Message("content.without_toxins"),
    names.DIGGER_JSON: Message("content.digger_json"),
    names.TARGET_SCORES_TSV: Message("content.target_scores"),
    names.SCORES_JSON: Message("content.scores_json"),
    names.SPECIES_SCORES_TSV: Message("content.species_scores"),
    names.SPECIES_JSON: Message("content.species_json"),
    names.BIOASSAYS_TSV: Message("content.bioassays"),
    names.BIOASSAYS_JSON: Message("content.for_programs"),
    names.EVIDENCE_TSV: Message("content.evidence"),
    names.EVIDENCE_JSON: Message("content.for_programs"),
    **{name: Message("content.references") for name, _ in CITATIONS.values()},
    names.TOXIN_SUPPORT_TSV: Message("content.toxin_support"),
    names.ACCESSORY_TSV: Message("content.accessory"),
    names.SHOTER_JSON: Message("content.shoter_json"),
    names.COMPARE_JSON: Message("content.compare_json"),
    names.COMPARE_CONCLUSIONS_TSV: Message("content.compare_conclusions"),
    names.COMPARE_TARGETS_TSV: Message("content.compare_targets"),
    names.COMPARE_TOXINS_TSV: Message("content.compare_toxins"),
    names.MANIFEST_JSON: Message("content.manifest"),
    names.CRATE_JSON: Message("content.crate"),
    names.CHECKSUMS: Message("content.checksums", name=names.CHECKSUMS),
}
# What stands behind the name of the strain; the longest that fits counts.
_ENDINGS: Mapping[str, Message] = {
    names.strain_toxins(""): Message("content.toxins_json"),
    names.strain_list(""): Message("content.list"),
    names.strain_gff3(""): Message("content.gff3"),
    names.strain_genbank(""): Message("content.genbank"),
    names.strain_proteins(""): Message("content.proteins"),
    names.strain_genes(""): Message("content.genes"),
    names.strain_candidates(""): Message("content.candidate_proteins"),
    names.strain_candidate_alignments(""): Message("content.candidate_alignments"),
    names.strain_alignments(""): Message("content.alignments"),
}
COMPARE_PICTURES: Mapping[str, Message] = {
    names.ComparePicture.TARGETS: Message("content.picture_targets"),
    names.ComparePicture.TOXINS: Message("content.picture_toxins"),
    names.ComparePicture.INVENTORY: Message("content.picture_inventory"),
    names.ComparePicture.SPECIES: Message("content.picture_species"),
}


def file_words(name: str, chosen: Lang) -> Message | None:
    """Return what a file holds, by its name without folder; None for pictures, and for what no version here wrote.

    Args:
        name: its name.
        chosen: the language of the task, in which the report has its plain names.
    """
    for lang in Lang:
        html, markdown = names.report_names(lang, chosen)
        if name == html:
            return Message("content.report_html", language=_LANGUAGES[lang])
        if name == markdown:
            return Message("content.report_markdown", language=_LANGUAGES[lang])
    if name in _FILES:
        return _FILES[name]
    fitting = [ending for ending in _ENDINGS if name.endswith(ending)]
    return _ENDINGS[max(fitting, key=len)] if fitting else None


def reading_place(name: str) -> tuple[int, str]:
    """Return a sort key: files in the order in which one reads them, then those named after the strain."""
    known = list(_FILES)
    return known.index(name) if name in _FILES else len(known), name


def readme_words(lang: Lang, reader: Lang) -> Message:
    """Return what the README in a language is to a reader of another."""
    return Message("content.readme") if lang is reader else Message("content.readme_other", language=_LANGUAGES[lang])
