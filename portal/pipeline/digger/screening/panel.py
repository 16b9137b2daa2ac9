"""The screening panel, ready to be searched: all proteins as one index of the engine, and panC as DNA."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import CorruptRecord, InvalidInput, NewerFormat
from portal.pipeline.digger.native.index import Index, encode_protein, read_proteins
from portal.pipeline.digger.native.kmers import KmerIndex
from portal.pipeline.digger.native.profiles import Protein
from portal.pipeline.digger.native.seeds import SeedIndex, Seeds
from portal.pipeline.digger.orfs import decode_protein, encode_bases, translate
from portal.pipeline.digger.reader import read_fasta
from portal.reference.screening import read_panel
from portal.results.screening import SYSTEMS, PanelVersion

log = logging.getLogger(__name__)

_TOLD = re.compile(r"group=(\S+) species=(\S+)")
PAN_C = "panC"


@dataclass(frozen=True)
class PanCReference:
    """A panC gene as DNA, with its group and species."""

    name: str
    group: str
    species: str
    letters: str


@dataclass(frozen=True)
class ScreeningPanel:
    """A panel; `genes[i]` is the gene of entry `i` of the index, `panC` for those that stand for it."""

    version: PanelVersion
    index: Index
    genes: tuple[str, ...]
    accessions: dict[str, str]
    lengths: dict[str, int]
    pan_c: tuple[PanCReference, ...]


def load_panel(folder: Path | None) -> ScreeningPanel | None:
    """Return the panel of a folder; None if there is none or it cannot be used, which the log says."""
    if folder is None:
        return None
    try:
        return _load(folder)
    except FileNotFoundError:
        log.info("no screening panel in %s: `btportal reference fetch` installs it", folder)
    except (OSError, CorruptRecord, NewerFormat, InvalidInput) as error:
        log.warning("the screening panel in %s cannot be used: %s", folder, error)
    return None


def _load(folder: Path) -> ScreeningPanel:
    files = read_panel(folder)
    known = {gene for genes in SYSTEMS.values() for gene in genes}
    virulence = [protein for protein in read_proteins(files.virulence) if protein.name in known]
    pan_c = [_pan_c(record.name, record.description, record.sequence) for record in read_fasta(files.pan_c)]
    proteins = (*virulence, *(_translated(gene) for gene in pan_c))
    kmers = KmerIndex.build([protein.amino_codes for protein in proteins])
    index = Index(
        proteins=proteins,
        profiles=(),
        domains=(),
        kmers=kmers,
        seeds=SeedIndex(Seeds.none(kmers), (), (), kmers),
        masked=tuple(protein.amino_codes for protein in proteins),
        sha256=files.facts.virulence_sha256,
    )
    return ScreeningPanel(
        version=PanelVersion(version=files.facts.version, source=files.facts.source),
        index=index,
        genes=(*(protein.name for protein in virulence), *(PAN_C for _ in pan_c)),
        accessions={protein.name: protein.description for protein in virulence},
        lengths={protein.name: len(protein.letters) for protein in virulence},
        pan_c=tuple(pan_c),
    )


def _pan_c(name: str, told: str, sequence: bytes) -> PanCReference:
    found = _TOLD.fullmatch(told)
    if found is None:
        raise ValueError(f"{name}: {told}")
    return PanCReference(name, found[1], found[2], sequence.decode("ascii"))


def _translated(gene: PanCReference) -> Protein:
    letters = decode_protein(translate(encode_bases(gene.letters.encode()))).rstrip("*").replace("*", "X")
    return Protein(gene.name, "", letters, encode_protein(letters.encode()))
