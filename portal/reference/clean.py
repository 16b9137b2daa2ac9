"""Turn the entries of any source into a reference: one current name per protein, without pseudogene fragments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from portal.domain.errors import InvalidInput
from portal.domain.fasta import MIN_CORE_SHARE
from portal.domain.message import Message
from portal.domain.natural_order import natural_key
from portal.domain.toxin_names import (
    PREFIXES_2020,
    NameTable,
    ToxinName,
    class_of,
    family_of,
    is_accessory,
    is_like,
)
from portal.reference.names import known_families, name_table, read_data
from portal.reference.types import Change, Entry

_NOT_PROTEIN = re.compile(r"[^A-Z]")
ACCESSORY_BLIND_SPOT = "accessory factors"


@dataclass(frozen=True)
class Cleaned:
    """The entries kept, with current names and in the source's order, and the changes made."""

    entries: tuple[Entry, ...]
    changes: tuple[Change, ...]

    @property
    def families(self) -> tuple[str, ...]:
        """Return the rank-1 families, sorted by letters and numbers."""
        found = {family_of(entry.name) for entry in self.entries if not is_accessory(entry.name)}
        return tuple(sorted(found, key=natural_key))

    @property
    def blind_spots(self) -> tuple[str, ...]:
        """Return the families of the nomenclature, and accessory factors, that have no entry here."""
        covered = set(self.families)
        prefixes = {family.rstrip("0123456789") for family in covered}
        missing = [family for family in known_families() if family not in covered]
        # A family that the nomenclature lists without a number (Spp, Pra) is covered by any of its members.
        missing = [family for family in missing if family[-1].isdigit() or family not in prefixes]
        if not any(is_accessory(entry.name) for entry in self.entries):
            missing.append(ACCESSORY_BLIND_SPOT)
        return tuple(missing)


def clean(entries: Iterable[Entry], table: NameTable | None = None) -> Cleaned:
    """Apply the rules of `docs/operate/references.md`.

    Raises:
        InvalidInput: two different proteins share a name, a protein has an invalid letter, or no entry is kept.
    """
    entries = list(entries)
    if any(class_of(entry.name) in PREFIXES_2020 for entry in entries):
        table = NameTable({})  # the source has current names; old-looking ones are intentional (Vip2Ah1 and Vpa2Ah1)
    table = table or name_table()
    kept: dict[str, Entry] = {}
    changes: list[Change] = []
    for entry in entries:
        name, sequence = entry.name.strip(), re.sub(r"\s", "", entry.sequence).upper().removesuffix("*")
        new_name, reason = _present_name(name, entry.accession, table)
        flaw = reason if not new_name else _flaw(name, sequence) or _repetition(new_name, sequence, kept)
        if flaw:
            changes.append(Change(name, entry.accession, "dropped", "", flaw))
            continue
        if new_name != name:
            changes.append(Change(name, entry.accession, "renamed", new_name, reason))
        kept[new_name] = Entry(new_name, sequence, entry.accession)
    if not kept:
        raise InvalidInput(Message("reference.nothing_left"))
    _refuse_nucleotides(kept.values())
    changes += _shared_sequences(kept.values())
    return Cleaned(tuple(kept.values()), tuple(changes))


def _present_name(name: str, accession: str, table: NameTable) -> tuple[str, str]:
    """Return the 2020 name and the reason for the change; an empty name if a correction drops the entry."""
    corrected = _corrections().get((name, accession))
    if corrected is not None:
        return corrected
    if not name or is_accessory(name) or is_like(name):
        return name or "-", ""
    return table.to_2020(name), "name since 2020"


def _flaw(name: str, sequence: str) -> str:
    """Return why an entry must be dropped, or an empty text."""
    if not name:
        return "no name"
    if not sequence:
        return "no sequence"
    if is_like(name):
        return "named only after what it resembles"
    if "*" in sequence:
        return "stop inside the protein"
    odd = _NOT_PROTEIN.search(sequence)
    if odd:
        raise InvalidInput(Message("reference.not_amino", name=name, character=odd.group()))
    return ""


def _repetition(name: str, sequence: str, kept: dict[str, Entry]) -> str:
    if name not in kept:
        return ""
    if kept[name].sequence != sequence:
        raise InvalidInput(Message("reference.two_proteins", name=name))
    return "the same protein under the same name stands before it"


def _refuse_nucleotides(entries: Iterable[Entry]) -> None:
    letters = "".join(entry.sequence for entry in entries)
    if sum(map(letters.count, "ACGTUN")) >= MIN_CORE_SHARE * len(letters):
        raise InvalidInput(Message("fasta.nucleotides"))


@cache
def _corrections() -> dict[tuple[str, str], tuple[str, str]]:
    """Return (name, accession) -> (current name or empty, reason) for entries that known sources mislabel."""
    return {(row["name"], row["protein_id"]): (row["name_2020"], row["reason"]) for row in read_data("corrections.csv")}


def _shared_sequences(entries: Iterable[Entry]) -> Iterator[Change]:
    """Add a remark to proteins with names in different rank-3 groups, which a hit cannot tell apart."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.sequence, []).append(entry)
    for twins in groups.values():
        if len({_rank3(twin.name) for twin in twins}) > 1:
            others = ", ".join(twin.name for twin in twins)
            for twin in twins:
                yield Change(
                    twin.name, twin.accession, "kept", twin.name, f"one sequence under several names: {others}"
                )


def _rank3(name: str) -> str:
    parsed = ToxinName.parse(name)
    return parsed.rank(3) if parsed else name
