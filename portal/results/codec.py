"""Encode result documents to bytes and decode them, including those of earlier versions.

Documents are checked field by field when read. Unknown fields are ignored; a document of a later format is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from portal.domain.message import Message, verbatim
from portal.results import upgrade
from portal.results.alignments import ALIGNMENTS_SCHEMA, AlignmentsDocument
from portal.results.bioassays import BIOASSAYS_SCHEMA, BioassayDocument
from portal.results.candidates import CANDIDATES_SCHEMA, CandidatesDocument
from portal.results.conclusion import CONCLUSION_SCHEMA
from portal.results.loci import LOCI_SCHEMA, LociDocument
from portal.results.scores import SCORES_SCHEMA, ScoresDocument, ShoterRun, SpeciesDocument
from portal.results.screening import SCREENING_SCHEMA, ScreeningDocument
from portal.results.toxins import DIGGER_RUN_SCHEMA, TOXINS_SCHEMA, DiggerRun, ToxinsDocument
from portal.typed_json import convert, decoder

D = TypeVar("D", bound=msgspec.Struct)
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

# The format that is written, and the upgrades from earlier ones.
_SCHEMAS: Mapping[type[msgspec.Struct], tuple[int, Mapping[int, Upgrade]]] = {
    DiggerRun: (DIGGER_RUN_SCHEMA, {}),
    AlignmentsDocument: (ALIGNMENTS_SCHEMA, {}),
    CandidatesDocument: (CANDIDATES_SCHEMA, {}),
    LociDocument: (LOCI_SCHEMA, {}),
    ScreeningDocument: (SCREENING_SCHEMA, {}),
    ToxinsDocument: (TOXINS_SCHEMA, {1: upgrade.toxins_from_1}),
    ScoresDocument: (SCORES_SCHEMA, {1: upgrade.scores_from_1}),
    BioassayDocument: (BIOASSAYS_SCHEMA, {}),
    SpeciesDocument: (SCORES_SCHEMA, {1: upgrade.species_from_1}),
    ShoterRun: (SCORES_SCHEMA, {1: upgrade.unchanged}),
}


def formats_in_use() -> Mapping[str, int]:
    """Return the format that is written of each document, by the name of its class."""
    return {kind.__name__: number for kind, (number, _) in _SCHEMAS.items()} | {"Conclusion": CONCLUSION_SCHEMA}


class DocumentError(ValueError):
    """A result document is damaged, lacks a field, or has a format that this version does not know."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class _Numbered(msgspec.Struct):
    schema: int


def to_json(document: msgspec.Struct, *, indent: bool = False) -> bytes:
    """Return a document as UTF-8 JSON with a final newline; `indent` makes it readable for people."""
    data = msgspec.json.encode(document)
    return (msgspec.json.format(data, indent=1) if indent else data) + b"\n"


def from_json(data: bytes, kind: type[D]) -> D:
    """Return a document of this kind.

    Raises:
        DocumentError: it is not JSON, lacks a field or has one of the wrong type, or has a later format.
    """
    try:
        number = decoder(_Numbered).decode(data).schema
        current, upgrades = _SCHEMAS[kind]
        if number == current:
            document: D = decoder(kind).decode(data)
        elif number in upgrades:
            document = convert(upgrades[number](msgspec.json.decode(data)), kind)
        else:
            raise DocumentError(Message("document.format", number=number, current=current))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError(verbatim(str(error))) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentError(Message("document.fields", number=number, error=repr(error))) from error
    if isinstance(document, ScoresDocument):
        _check_conclusions(document)
    return document


def _check_conclusions(document: ScoresDocument) -> None:
    later = [strain.conclusion.schema for strain in document.strains if strain.conclusion.schema != CONCLUSION_SCHEMA]
    if later:
        raise DocumentError(Message("document.conclusion", number=later[0]))
