"""The report in English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.pipeline.plots.footer import name_and_version
from portal.pipeline.plots.words import EN as WORDS
from portal.pipeline.plots.words import state_label, target_label
from portal.pipeline.report.lead import EN as LEAD
from portal.pipeline.report.lead import lead
from portal.pipeline.report.prose import Headings
from portal.pipeline.report.summary import BLIND_SPOTS_NAMED, Summary, TargetLine, interval_text
from portal.results.conclusion import Assessment, Outcome
from portal.results.evidence_table import Reading
from portal.results.names import Picture
from portal.results.ranking import score_text
from portal.results.scores import OrderScore, Record, ScoredUnit, SpeciesScore, TrialCounts
from portal.results.toxins import ToxinsDocument

HEADINGS = Headings(
    colon=": ",
    semicolon="; ",
    title="Toxins and likely targets",
    file="Genome file",
    submitted="Submitted",
    task="Task",
    read_as="Read as",
    score_meaning=Message("score.meaning").word(Lang.EN),
    found="What was found",
    acts_on="What it likely acts on",
    sure="How sure this is",
    unknown="What this does not tell",
    toxins="Toxins",
    genes="State of each gene",
    gene="Gene",
    verdict="Verdict",
    pieces="Pieces",
    what_became="What happened, and what that means",
    targets="Target orders",
    evidence="From each score to its records",
    species="Target species",
    accessory="Accessory proteins",
    pictures="Pictures",
    sideways="The table is wider than the screen: scroll it sideways.",
    method="Method",
    parameters="Parameters",
    versions="Versions and data",
    references="Records and references",
    name="Toxin",
    former_name="1998 name",
    family="Family",
    copies="Copies",
    identity="Identity (%)",
    coverage="Coverage (%)",
    weight="Weight",
    remarks="Remarks",
    target="Target",
    score="Score",
    interval="5–95 %",
    assessment="Assessment",
    basis="Evidence",
    grade="Grade",
    unverified_share="Unverified share",
    documented="Strains reported to act (estimate)",
    contribution="Contribution",
    own_records="Records of the toxin itself",
    relatives_records="Records of relatives",
    species_name="Species",
    role="Role",
    count="Genes",
    parameter="Parameter",
    value="Value",
    component="Component",
    version="Version",
    record="Record",
    activity="What it says",
    source="Source",
    unverified="source not checked",
    none="none",
    location="Contig",
    position="Position",
)

_ASSESSMENTS = {
    Assessment.LIKELY: "likely",
    Assessment.POSSIBLE: "possible",
    Assessment.LITTLE_SUPPORT: "little support",
    Assessment.CANNOT_BE_TOLD: "cannot be told",
    Assessment.INACTIVE: "inactive",
    Assessment.UNDECIDED: "undecided",
    Assessment.NO_RECORD: "no record",
}
_FLAGS = {
    "contig_edge": "cut by the end of its contig or a gap",
    "record_end": "only a part of it is in the file",
    "internal_stop": "premature stop",
    "frameshift": "frameshift",
    "insertion": "disrupted by an insertion",
    "remnant": "remnant of a gene",
    "core_whole": "the toxin core is whole",
    "hmm_only": "found by its family profile only",
    "other_contig": "halves of the pair lie on different contigs",
    "incomplete": "incomplete",
    "merged_fragments": "put together from fragments",
}
_ACTIVITIES = {"positive": "active", "weak": "weakly active", "negative": "not active"}
_METHOD = (
    "Open reading frames of the genome were compared with a reference database of named toxin proteins; a gene counts "
    "as a toxin when both its family's profile and its alignment support it. Identity says how close it is, by the "
    "limits of the nomenclature: above 95 % the same toxin, above 76 % the same subfamily, above 45 % the same family. "
    "Rank3 of BtToxin_Digger begins at 78 %.",
    "Each toxin gets a weight between 0 and 1 for the evidence that it is there and complete. Copies of one gene count "
    "once, fragments of one gene are put together, and proteins that act as a pair count only together.",
    "How strongly a toxin is taken to act on an order (0 to 1, a rank and no probability) comes from published "
    "bioassays: its own records where there are any, those of its relatives to the extent that its identity allows. "
    "Negative results count as such. Toxins of one family add up less than toxins of different families. An order "
    "without any record gets no score.",
    "The interval spans the 5th to 95th percentile of random draws over detection and evidence, and is never narrower "
    "than the number of tests allows. A score is called likely from 0.70 with a lower limit from 0.35, possible from "
    "0.35, and is otherwise of little support; beside a likely primary target (direct tests of the strain's own "
    "toxins, on many species) others are called possible, and where the toxins were tested in vain the target is "
    "inactive whatever their relatives do. Grade A means quantified assays with purified protein, in a publication "
    "with a DOI or PubMed number, B other direct assays, C patents, strain-level or unchecked sources.",
    "Documented hosts: of published strains with such a score on an order, the share that is reported to act on it, "
    "and the strains counted. It was fitted on a few dozen strains, reports name only a part of what a strain kills, "
    "and an order without such a number is uncalibrated.",
)
_PICTURES: Mapping[str, str] = {
    Picture.TARGET_SCORES: "Score of each target order",
    Picture.SCORE_INTERVALS: "Scores with their 5–95 % intervals",
    Picture.PER_HIT: "What each hit contributes to each order",
    Picture.SPECIES_SCORES: "Scores of target species",
    Picture.IDENTITY_COVERAGE: "Identity and coverage of each hit",
    Picture.GENE_NEIGHBOURHOOD: "Toxin genes on their contigs",
    Picture.DOMAINS: "Toxin proteins and their domains",
    Picture.INVENTORY: "Toxins found",
}


class EnglishProse:
    """The sentences of the English report."""

    headings = HEADINGS

    def lead(self, summary: Summary) -> str:
        return lead(summary, LEAD, scored=_scored, join=_join)

    def found(self, summary: Summary) -> Sequence[str]:
        if not summary.has_toxins:
            texts = ["No gene of a known insecticidal, nematicidal or parasporin family passed the thresholds."]
            if summary.unused:
                texts.append(
                    f"{_count(summary.unused, 'hit')} lay below the thresholds; the hit table gives the reason."
                )
            return [*texts, *_accessory(summary)]
        families = _count(len(summary.families), "family", "families")
        if summary.unscored:
            scored = summary.genes - summary.unscored
            texts = [f"{_count(summary.genes, 'toxin gene')}; {scored} of them scored, of {families}."]
        else:
            texts = [f"{_count(summary.genes, 'toxin gene')} of {families}."]
        kinds = (
            (summary.damage.broken, "broken"),
            (summary.damage.by_contig, "cut by a contig's end or a gap"),
            (summary.damage.in_file, "in the file only in part"),
            (summary.damage.altered, "altered behind a toxin core that is whole"),
        )
        if damaged := [f"{number} {kind}" for number, kind in kinds if number]:
            texts.append(f"Of these, {' and '.join(damaged)}.")
        texts += [_family(family, units) for family, units in summary.families]
        return [*texts, _closeness(summary), *_accessory(summary)]

    def sure(self, summary: Summary) -> Sequence[str]:
        if summary.strain.conclusion.outcome is Outcome.NOT_SCORED:
            return ["What lies below a threshold gets no score; a run with lower thresholds would score it."]
        if not summary.has_toxins:
            return ["Absence was searched for with the reference named below; a family that it lacks cannot be found."]
        texts = []
        if top := next(iter(summary.said(Assessment.LIKELY) + summary.said(Assessment.POSSIBLE)), None):
            share = round(100 * top.score.unverified_share)
            texts.append(
                f"{_label(top)}: 5–95 % interval {interval_text(top.score)}, "
                f"best evidence grade {top.score.grade or '–'}; {share} % of the score rests on unchecked sources."
            )
        if beside := summary.beside_primary:
            names = _join(_label(line) for line in beside)
            why = "as the strain's own toxins were tested far less there"
            texts.append(f"Only possible despite a high score, {why}: {names}.")
        if inherited := [line for line in summary.in_state("inherited") if line.score.value > 0]:
            texts.append(f"An effect is known of relatives only: {_join(_label(line) for line in inherited)}.")
        if negative := summary.inactive:
            texts.append(f"Tested and found inactive: {_join(_label(line) for line in negative)}.")
        if undecided := summary.in_state("inconclusive"):
            counts = "; ".join(f"{_label(line)} ({_tried(line)})" for line in undecided)
            texts.append(f"Too few tests to tell: {counts}.")
        if summary.records:
            texts.append(
                f"The scores use {_count(summary.records, 'record')} ({_readings(summary)})."
                f"{' Those whose source was not checked count least.' if summary.unverified else ''}"
            )
        return texts or ["No published record supports a target."]

    def unknown(self, summary: Summary, inventory: ToxinsDocument | None) -> Sequence[str]:
        texts = [f"{remark.word(Lang.EN)}." for remark in (summary.mostly_unknown,) if remark]
        if summary.unknown_units:
            texts.append(f"Targets unknown: {_join(_named(unit) for unit in summary.unknown_units)}.")
        texts += [
            f"{unit.name} needs {unit.partner_missing}, which was not found: it counts little."
            for unit in summary.halves
        ]
        if summary.in_file:
            names = _join(dict.fromkeys(unit.name for unit in summary.in_file))
            texts.append(f"Only in part in the file: {names}. The genome can tell whether the strain has the rest.")
        if summary.cut:
            names = _join(dict.fromkeys(unit.name for unit in summary.cut))
            texts.append(
                f"Cut by a contig's end or a gap: {names}. "
                "Long reads or a PCR across the gap can tell whether they are whole."
            )
        if summary.broken:
            names = _join(dict.fromkeys(unit.name for unit in summary.broken))
            texts.append(f"Broken inside: {names}. Only a bioassay can tell whether anything is left of them.")
        if summary.has_toxins and (untested := summary.in_state("no_evidence")):
            names = _join(_label(line) for line in untested)
            texts.append(
                f"The evidence table has no record of these toxins or their relatives on {names}: unknown, not zero."
            )
        if inventory and (name := name_and_version(inventory.reference)):
            texts.append(f"Only families in the reference ({name}) can be found{_blind_spots(inventory)}.")
        if summary.has_toxins:
            texts.append("A gene is not a protein: expression, dose and field performance need a bioassay.")
        else:
            texts.append("Toxins unlike any named one, and plasmids lost in culture or assembly, stay unseen.")
        return texts

    def method(self) -> Sequence[str]:
        return _METHOD

    def assessment(self, assessment: Assessment) -> str:
        return _ASSESSMENTS[assessment]

    def flag(self, flag: str) -> str:
        if flag.startswith("partner_missing:"):
            return f"{flag.partition(':')[2]} not found"
        return _FLAGS.get(flag, flag)

    def activity(self, record: Record) -> str:
        return f"{record.toxin}: {_ACTIVITIES.get(record.activity, record.activity)}"

    def basis(self, score: OrderScore | SpeciesScore) -> str:
        return trials_text(score.trials) if score.state == "inconclusive" else state_label(WORDS, score.state)

    def role(self, role: str) -> str:
        return role

    def parameter(self, name: str) -> str:
        return name

    @property
    def pictures(self) -> Mapping[str, str]:
        return _PICTURES


def _blind_spots(inventory: ToxinsDocument) -> str:
    spots = inventory.reference.blind_spots or ()
    if not spots:
        return ""
    rest = f" and {len(spots) - BLIND_SPOTS_NAMED} more" if len(spots) > BLIND_SPOTS_NAMED else ""
    return f"; it lacks {', '.join(spots[:BLIND_SPOTS_NAMED])}{rest}"


def _label(line: TargetLine) -> str:
    return target_label(WORDS, line.score.target)


def _readings(summary: Summary) -> str:
    words = {reading: Message(f"reading.{reading}").word(Lang.EN) for reading in Reading}
    return "; ".join(
        f"{words[reading]}: {summary.readings[reading]}" for reading in Reading if summary.readings[reading]
    )


def _tried(line: TargetLine) -> str:
    return trials_text(line.score.trials)


def trials_text(trials: TrialCounts | None) -> str:
    """Return for instance "1 of 6 toxins tried, unverified; others unknown"."""
    if trials is None:
        return ""
    if trials.toxins == 1:
        return "its one toxin was tried, unverified" if trials.tried else "its one toxin was not tried, relatives were"
    if not trials.tried:
        return f"none of {trials.toxins} toxins tried; relatives of theirs were inactive"
    text = f"{trials.tried} of {trials.toxins} toxins tried, "
    if not trials.read:
        text += "unverified"
    else:
        text += "no effect" if trials.read == trials.tried else f"no effect, {trials.read} of them verified"
    return text if trials.tried == trials.toxins else f"{text}; others unknown"


def _scored(line: TargetLine) -> str:
    return f"{_label(line)} ({score_text(line.score.value)})"


def _named(unit: ScoredUnit) -> str:
    former = f" (formerly {unit.name_1998})" if unit.name_1998 and unit.name_1998 != unit.name else ""
    copies = f" ×{unit.copies}" if unit.copies > 1 else ""
    return f"{unit.name}{former}{copies}"


def _family(family: str, units: Sequence[ScoredUnit]) -> str:
    names = _join(_named(unit) for unit in units)
    return names if names == family else f"{family}: {names}"


def _join(parts: Iterable[str]) -> str:
    texts = list(parts)
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _closeness(summary: Summary) -> str:
    close = summary.closeness
    parts = [
        (close.same_toxin, "at least 95 % identical to a named toxin"),
        (close.same_subfamily, "of a known subfamily (76–95 %)"),
        (close.same_family, "of a known family (45–76 %)"),
        (close.distant, "below 45 % and unlike any named toxin"),
        (close.profile_only, "seen by a family profile only"),
    ]
    return f"By identity: {_join(f'{number} {text}' for number, text in parts if number)}."


def _accessory(summary: Summary) -> list[str]:
    if not summary.accessory:
        return []
    total = sum(count for _, count in summary.accessory)
    return [f"{_count(total, 'accessory protein')} (enzymes and other virulence factors) that enter no score."]
