"""From the scores and the list of files of a task to what the results page shows. Pure: takes values, returns values.

Schema of `strain_scores.json`: docs/use/formats-shoter.md. `pages_toxins.py` does the same for `toxins.json`.
Everything in these files may come from a name in an upload, so that nothing here is markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from portal.results.ranking import rank_key
from portal.services.answers import ResultFile

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_LATIN = re.compile(r"[A-Z][a-z]+( [a-z]{2,}|/[A-Z]|$)")
_NEGATIVE = ("negative_only", "inconclusive")
_DRIVES = 0.1  # a contribution below this explains nothing


@dataclass(frozen=True)
class Evidence:
    """One record of the literature behind a score; `href` leads to its source, or is None."""

    fact_id: str
    toxin: str
    toxin_1998: str | None
    species: str
    activity: str
    grade: str  # what counts: a source that nobody has checked is C
    reference: str
    doi: str | None
    href: str | None
    unverified: bool
    note: str
    inherited: bool

    @property
    def is_binomial(self) -> bool:
        """Tell whether the target is a genus or species, whose name is set in italics, and not a group."""
        return bool(_LATIN.match(self.species))


@dataclass(frozen=True)
class Contribution:
    """What one toxin (or pair) gives to one score."""

    name: str
    name_1998: str | None
    family: str
    value: float
    state: str
    evidence: tuple[Evidence, ...]

    @cached_property
    def own(self) -> tuple[Evidence, ...]:
        return tuple(record for record in self.evidence if not record.inherited)

    @cached_property
    def of_relatives(self) -> tuple[Evidence, ...]:
        return tuple(record for record in self.evidence if record.inherited)


@dataclass(frozen=True)
class Target:
    """The score (0-1) of one order with its 5-95 % interval."""

    target: str
    score: float
    low: float
    high: float
    state: str
    tier: str
    grade: str | None
    unverified_share: float
    trials: Mapping[str, Any]
    contributions: tuple[Contribution, ...]

    @property
    def drivers(self) -> tuple[str, ...]:
        """The toxins (or pairs) that the score comes from, the strongest first; those that add next to nothing not.

        Where some were tested themselves, those that only inherit from relatives are not named.
        """
        ranked = sorted((part for part in self.contributions if part.value >= _DRIVES), key=lambda part: -part.value)
        tested = [part for part in ranked if part.state == "tested"]
        return tuple(dict.fromkeys(part.name for part in tested or ranked))

    @property
    def tests(self) -> tuple[int, int]:
        """How many records say that a toxin of the strain itself acted, and that it did not."""
        own = {record.fact_id: record.activity for part in self.contributions for record in part.own}
        without = sum(activity == "negative" for activity in own.values())
        return len(own) - without, without

    @property
    def key(self) -> str:
        """The name as part of an HTML id."""
        return re.sub(r"[^a-z]+", "-", self.target.lower())


@dataclass(frozen=True)
class Scores:
    """What Shoter says of one strain: targets that act, those tested in vain, too little, or never."""

    strain: str
    likely: tuple[Target, ...]
    non_pest: tuple[Target, ...]
    inactive: tuple[Target, ...]
    undecided: tuple[Target, ...]
    untested: tuple[Target, ...]
    unknown_score: float | None
    unknown_hits: tuple[str, ...]
    helpers: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    parameters: Mapping[str, Any]
    versions: Mapping[str, Any]
    run_id: str

    @property
    def primary(self) -> tuple[Target, ...]:
        return tuple(target for target in self.likely if target.tier == "primary")

    @property
    def secondary(self) -> tuple[Target, ...]:
        return tuple(target for target in self.likely if target.tier == "secondary")


def read_scores(data: Mapping[str, Any]) -> Scores | None:
    """Return the scores of the file's first strain: a task has one; None where there is none."""
    strains: Sequence[Mapping[str, Any]] = data.get("strains") or ()
    if not strains:
        return None
    strain = strains[0]
    names = {unit["unit_id"]: unit for unit in strain.get("units", ())}
    records: Mapping[str, Mapping[str, Any]] = data.get("records") or {}
    targets = [(_target(row, names, records), row.get("panel") == "pest") for row in strain.get("orders", ())]
    unknown = strain.get("unknown_target") or {}
    return Scores(
        strain=str(strain.get("display_name") or strain.get("strain", "")),
        likely=_ranked(target for target, pest in targets if pest and target.score > 0),
        non_pest=_ranked(target for target, pest in targets if not pest and target.score > 0),
        inactive=tuple(target for target, _ in targets if target.score <= 0 and target.state == "negative_only"),
        undecided=tuple(target for target, _ in targets if target.state == "inconclusive"),
        untested=tuple(target for target, _ in targets if target.score <= 0 and target.state not in _NEGATIVE),
        unknown_score=unknown.get("score"),
        unknown_hits=tuple(str(hit) for hit in unknown.get("hits", ())),
        helpers=tuple(strain.get("helpers", ())),
        warnings=tuple(str(text) for text in strain.get("warnings", ())),
        parameters=data.get("parameters") or {},
        versions=data.get("versions") or {},
        run_id=str(data.get("run_id", "")),
    )


def _ranked(targets: Iterable[Target]) -> tuple[Target, ...]:
    def place(target: Target) -> tuple[bool, float, float]:
        return target.tier != "primary", *rank_key(target.score, (toxin.value for toxin in target.contributions))

    return tuple(sorted(targets, key=place))


def _target(
    row: Mapping[str, Any], units: Mapping[str, Mapping[str, Any]], records: Mapping[str, Mapping[str, Any]]
) -> Target:
    return Target(
        target=str(row["target"]),
        score=float(row["score"]),
        low=float(row["low"]),
        high=float(row["high"]),
        state=str(row["state"]),
        tier=str(row.get("tier") or "none"),
        grade=row.get("evidence_grade"),
        unverified_share=float(row.get("unverified_share") or 0.0),
        trials=row.get("trials") or {},
        contributions=tuple(_contribution(unit, units, records) for unit in row.get("units", ())),
    )


def _contribution(
    row: Mapping[str, Any], units: Mapping[str, Mapping[str, Any]], records: Mapping[str, Mapping[str, Any]]
) -> Contribution:
    unit = units.get(row["unit_id"], {})
    own = [(fact, False) for fact in row.get("records", ())]
    of_relatives = [(fact, True) for fact in row.get("inherited_records", ())]
    return Contribution(
        name=str(unit.get("name") or row.get("family") or row["unit_id"]),
        name_1998=_other_name(unit.get("name"), unit.get("name_1998")),
        family=str(row.get("family", "")),
        value=float(row.get("contribution") or 0.0),
        state=str(row.get("state", "")),
        evidence=tuple(
            _evidence(str(fact), records[fact], inherited) for fact, inherited in own + of_relatives if fact in records
        ),
    )


def _other_name(name: Any, name_1998: Any) -> str | None:
    """Return the name of the 1998 nomenclature where it says something new."""
    return str(name_1998) if name_1998 and name_1998 != name else None


def _with_signs(text: str) -> str:
    """Return a note with the signs of its units, which the table of facts writes in ASCII."""
    for plain, sign in (("ug/", "µg/"), ("cm2", "cm²")):
        text = text.replace(plain, sign)
    return text


def _evidence(fact_id: str, record: Mapping[str, Any], inherited: bool) -> Evidence:
    doi = str(record.get("doi") or "")
    return Evidence(
        fact_id=fact_id,
        toxin=str(record.get("toxin", "")),
        toxin_1998=_other_name(record.get("toxin"), record.get("toxin_1998")),
        species=str(record.get("species") or ""),
        activity=str(record.get("activity") or ""),
        grade="C" if record.get("unverified") else str(record.get("strength") or ""),
        reference=str(record.get("reference") or ""),
        doi=doi if _DOI.fullmatch(doi) else None,
        href=source_link(doi, record.get("url")),
        unverified=bool(record.get("unverified")),
        note=_with_signs(str(record.get("note") or "")),
        inherited=inherited,
    )


def source_link(doi: str | None, url: Any) -> str | None:
    """Return an address for a source; only `https` and `http` ever become a link."""
    if doi and _DOI.fullmatch(doi):
        return "https://doi.org/" + quote(doi, safe="/:;()._-")
    text = str(url or "")
    return text if text.startswith(("https://", "http://")) else None


def _place(name: str, order: Sequence[str]) -> int:
    return next((place for place, start in enumerate(order) if name.startswith(start)), len(order))


@dataclass(frozen=True)
class Shelf:
    """Result files as the page offers them."""

    bundle: ResultFile | None
    report: tuple[ResultFile, ...]
    pictures: tuple[ResultFile, ...]
    folders: tuple[tuple[str, tuple[ResultFile, ...]], ...]


def arrange(files: Sequence[ResultFile], bundle_name: str, lang: str, picture_order: Sequence[str]) -> Shelf:
    """Put result files in their order: the bundle, the report of the language first, pictures, and all by folder."""
    rest = [file for file in files if file.name != bundle_name]
    folders = sorted({file.folder for file in rest})
    pictures = sorted(
        (file for file in rest if file.name.endswith(".svg")),
        key=lambda file: (_place(file.name, picture_order), file.name),
    )
    reports = [file for file in rest if file.name.startswith("report") and file.name.endswith(".html")]
    return Shelf(
        bundle=next((file for file in files if file.name == bundle_name), None),
        report=tuple(sorted(reports, key=lambda file: (lang not in file.name, file.name))),
        pictures=tuple(pictures),
        folders=tuple((folder, tuple(file for file in rest if file.folder == folder)) for folder in folders),
    )
