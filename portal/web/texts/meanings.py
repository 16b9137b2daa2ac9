"""What the state words of results mean: one explanation for each word that a strain's page or the grid can show.

A test fails if a table of words has one without an explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.domain.message import Message
from portal.results.conclusion import Assessment
from portal.results.evidence_table import Reading
from portal.results.loci import Verdict
from portal.results.scores import ScoreState, Tier
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l
from portal.web.texts.wording import wording
from portal.web.texts.words import ASSESSMENT, GENE_FLAG, GENE_SHAPE, SCORE_STATE, TIER

OF_ASSESSMENT: Mapping[str, object] = {
    Assessment.LIKELY: _l(
        "A score from 0.70 with a lower limit from 0.35. Beside a likely primary target, others are called possible at"
        " most."
    ),
    Assessment.POSSIBLE: _l("A score from 0.35."),
    Assessment.LITTLE_SUPPORT: _l(
        "A score below 0.35: published tests say little for it. That is no proof that the strain does not act there."
    ),
    Assessment.CANNOT_BE_TOLD: _l(
        "A score below 0.35, and of the genes of all toxins behind it only parts were seen (or they are broken):"
        " the strain may have them whole."
    ),
    Assessment.INACTIVE: _l("This strain's toxins were tested and found inactive, whatever their relatives do."),
    Assessment.UNDECIDED: _l("There are tests, but too few of the strain's own toxins, or none that anybody checked."),
    Assessment.NO_RECORD: _l(
        "The evidence table has no test of these toxins or their relatives there: unknown, not zero."
    ),
}
OF_TIER: Mapping[str, object] = {
    Tier.PRIMARY: _l(
        "Direct tests of this strain's own toxins show an effect, on not much fewer species than on the order with"
        " most."
    ),
    Tier.SECONDARY: _l(
        "Fewer or weaker measurements, or relatives only. The score may be high all the same: it says how well"
        " something is supported, not how strong the effect is."
    ),
}
OF_STATE: Mapping[str, object] = {
    ScoreState.TESTED: _l(
        "A published test of one of the strain's toxins itself shows an effect there. The toxin was tested, not this"
        " strain; where only a part of the toxin's gene was seen, that is said beside it."
    ),
    ScoreState.INHERITED: _l(
        "No record shows an effect of these toxins themselves on this target, but records of relatives do."
    ),
    ScoreState.PARTNER_MISSING: _l(
        "The toxin acts together with another protein, whose gene was not found: it counts little."
    ),
    ScoreState.BROKEN: _l(
        "The genes of the toxins that act there have a premature stop, a frameshift, an insertion or a lost part: the"
        " strain may not make them. Published tests are of the intact toxins."
    ),
    ScoreState.NEGATIVE_ONLY: _l(
        "Each of the strain's toxins was itself tested there, by a source that somebody read, and none acted."
    ),
    ScoreState.INCONCLUSIVE: _l("Tests without an effect, but not of each of the strain's toxins: not known."),
    ScoreState.NO_EVIDENCE: _l(
        "The evidence table has no test of these toxins or their relatives on this target. That is no score of zero."
    ),
}
OF_VERDICT: Mapping[Verdict | None, object] = {
    Verdict.INTACT: _l("The whole gene is there, in one reading frame."),
    Verdict.SPLIT: _l(
        "A whole gene that the assembly has on several contigs; it counts as intact. "
        "With a gap (N) inside it counts as cut."
    ),
    Verdict.FRAMESHIFT: _l(
        "Bases are missing or extra, so that the rest is read wrongly: a sequencing error or a gene out of use."
        " Called broken."
    ),
    Verdict.PREMATURE_STOP: _l(
        "A stop codon within the gene ends the protein early, its toxin core not whole before it. Called broken."
    ),
    Verdict.INSERTION: _l("Other DNA lies within the gene, such as a transposable element. Called broken."),
    Verdict.EDGE: _l(
        "The contig, or what is known of it, ends within the gene: the strain may have it whole. Published tests of the"
        " toxin speak for the strain only if it has; long reads or a PCR across the gap can tell."
    ),
    Verdict.REMNANT: _l("A part of the gene is lost, and no end of a sequence explains it. Called broken."),
    None: _l("No known toxin is close enough to tell whether the gene is whole."),
}
# Words of a gene that are none of its verdict alone (portal/results/locus_words.py).
OF_GENE_STATE: Mapping[str, object] = {
    "locus.state.no_stop": _l(
        "The toxin is whole, but the stop codon at its end is missing: the protein has extra amino acids there."
    ),
    "locus.state.unknown_inside": _l(
        "Letters inside the gene are unknown (N). From ten on only a part of it was seen, and it counts as cut."
    ),
    "locus.state.no_start": _l(
        "The gene is whole but for its start: where the known toxin begins, there is no codon ATG."
    ),
    "locus.state.in_part": _l(
        "The protein or coding sequence in the file ends before the toxin does: whether the strain has the rest, the"
        " file cannot tell."
    ),
    "locus.state.premature_stop_behind_core": _l(
        "The toxin core before the stop codon is whole; only the part behind the core is affected, which is cut off in"
        " the gut. Not called broken."
    ),
    "locus.state.frameshift_behind_core": _l(
        "The toxin core before the frameshift is whole; only the part behind the core is affected, which is cut off in"
        " the gut. Not called broken."
    ),
    "locus.state.insertion_behind_core": _l(
        "The toxin core before the insertion is whole; only the part behind the core is affected, which is cut off in"
        " the gut. Not called broken."
    ),
    "locus.state.remnant_behind_core": _l(
        "The toxin core is whole; what the gene has lost lies behind the core, in the part that is cut off in the gut."
        " Not called broken."
    ),
    "genes.cut": _l("Of genes: a contig's end or a gap cuts them, or the file has only a part."),
    "bioassay.whose.part": _l(
        "The gene is cut before the end of the toxin's core. Published tests speak for the strain only if the gene is"
        " whole."
    ),
}
# What was read of a record's source, in the shortlist, the report and the table of records alike.
OF_READING: Mapping[Reading, object] = {
    Reading.TEXT: _l("The publication's own text or abstract was read, and states what the record says."),
    Reading.ROW: _l(
        "Only a row of another table or database was read, which cites the publication; the publication itself was not."
    ),
    Reading.TITLE: _l("The publication's title states it; neither its abstract nor its text was found."),
    Reading.NO: _l("Neither publication nor table row was read: the record is unverified and counts least (grade C)."),
}
OF_GENE_SHAPE: Mapping[str, object] = {
    "broken": _l("A frameshift, a premature stop or an insertion, and the toxin core before it is not whole."),
    "altered": _l(
        "A frameshift, a stop, an insertion or a lost part behind the toxin core, which is whole: the gene is not"
        " called broken."
    ),
    "piece": _l("Another contig has the rest of the gene; it is counted once."),
}
OF_FLAG: Mapping[str, object] = {
    "contig_edge": _l("The gene runs over the end of its contig."),
    "partial": _l("The reading frame has only a part of the closest known toxin."),
    "internal_stop": _l("A stop within the sequence, which is given as one gene."),
    "hmm_only": _l("Only the family's profile recognises the protein: no known toxin is close to it."),
}


@dataclass(frozen=True)
class Meaning:
    """A word and what it means, in the language of the request."""

    word: str
    text: str


@dataclass(frozen=True)
class Meanings:
    """Words of one subject under its heading."""

    title: str
    words: tuple[Meaning, ...]


def meanings() -> tuple[Meanings, ...]:
    """Return the explanations of all state words, by subject."""
    return (
        Meanings(_("Conclusion"), (*_of(ASSESSMENT, OF_ASSESSMENT), *_of(TIER, OF_TIER))),
        Meanings(_("Basis of a score"), (*_of(SCORE_STATE, OF_STATE), *_numbers(), *_readings())),
        Meanings(_("State of a gene"), tuple(_genes())),
    )


def _of(words: Mapping[str, object], texts: Mapping[str, object]) -> Iterator[Meaning]:
    for key, text in texts.items():
        yield Meaning(str(words[key]), str(text))


def _numbers() -> Iterator[Meaning]:
    yield Meaning(
        _("Estimate"),
        _(
            "Of published strains that get such a score on this order, the share that is reported to act on it, read"
            " from a curve over all of them; the count beside it is of those in one range of scores, so that the two"
            " differ. Reports name only a part of what a strain kills. Scores without an estimate are uncalibrated."
        ),
    )
    yield Meaning(
        _("Identity"),
        _(
            "Of the amino acids in the part that aligns with the closest known toxin, how many are the same. A row of"
            " the table has that of its reading frame, a gene that of all its pieces together."
        ),
    )
    yield Meaning(
        _("Grade"),
        _(
            "Of the best record: A, measured with purified toxin; B, an effect without a measured dose; C, a patent, a"
            " crude preparation, cells in culture, or a source that nobody has checked yet."
        ),
    )


def _readings() -> Iterator[Meaning]:
    for reading, text in OF_READING.items():
        yield Meaning(wording(Message(f"reading.{reading}")), str(text))


def _genes() -> Iterator[Meaning]:
    for verdict, text in OF_VERDICT.items():
        code = "locus.verdict_none" if verdict is None else f"locus.verdict.{verdict}"
        yield Meaning(wording(Message.of(code, {})), str(text))
    for code, text in OF_GENE_STATE.items():
        yield Meaning(wording(Message.of(code, {})), str(text))
    yield from _of(GENE_SHAPE, OF_GENE_SHAPE)
    yield from _of(GENE_FLAG, OF_FLAG)
    yield Meaning(
        _("not scored"), _("The hit is below a threshold of this run, or no score can use it: the table says why.")
    )
