"""Describe a screening in words, for the terminal, the page and the report."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.message import Message
from portal.results.screening import (
    FOUND_COVERAGE,
    FOUND_IDENTITY,
    GRAVE,
    GROUP_IDENTITY,
    RELATIVE_COVERAGE,
    RELATIVE_IDENTITY,
    SYSTEMS,
    GeneState,
    Membership,
    PanC,
    ScreenedGene,
    ScreeningDocument,
)


@dataclass(frozen=True)
class SystemLine:
    """One system: how many of its genes were found, and the genes with any match, in the panel's order."""

    system: Message
    count: Message
    found: bool
    genes: tuple[Message, ...]


@dataclass(frozen=True)
class ScreeningSection:
    """The section on the screening in page and report; without a panel only title and story."""

    title: Message
    story: tuple[Message, ...]
    columns: tuple[Message, ...]
    lines: tuple[SystemLine, ...]
    nothing: Message
    notes: tuple[Message, ...]


def screening_section(document: ScreeningDocument) -> ScreeningSection:
    """Return the section on a screening."""
    names = ("system", "result", "genes")
    version = document.panel.version if document.panel else ""
    return ScreeningSection(
        title=Message("screening.title"),
        story=tuple(screening_story(document)),
        columns=tuple(Message(f"screening.column.{name}") for name in names),
        lines=tuple(system_lines(document)),
        nothing=Message("screening.nothing"),
        notes=(_limits(), Message("screening.panel", version=version)) if document.panel else (),
    )


def screening_story(document: ScreeningDocument) -> list[Message]:
    """Return what the screening says of the whole genome, and what it does not say."""
    if document.membership is None:
        return [Message("screening.unavailable")]
    told = list(_group(document.pan_c)) if document.pan_c else [_without_pan_c(document.membership)]
    if not document.is_whole:
        told.append(Message("screening.not_whole"))
    grave = [
        Message(f"screening.system.{system}")
        for system in GRAVE
        if any(gene.state is GeneState.FOUND for gene in document.of_system(system))
    ]
    if grave:
        told.append(Message("screening.grave", systems=grave))
    return [*told, Message("screening.meaning")]


def _group(pan_c: PanC) -> list[Message]:
    told = [
        Message(
            "screening.member",
            group=pan_c.group,
            species=pan_c.species.replace("_", " "),
            reference=pan_c.reference,
            identity=pan_c.identity_percent,
            coverage=pan_c.coverage_percent,
        )
    ]
    if not pan_c.is_close:
        told.append(Message("screening.group_uncertain", limit=GROUP_IDENTITY))
    if pan_c.next_group is not None and pan_c.next_identity_percent is not None:
        told.append(Message("screening.next_group", group=pan_c.next_group, identity=pan_c.next_identity_percent))
    if pan_c.copies > 1:
        told.append(Message("screening.copies", count=pan_c.copies))
    return told


def _without_pan_c(membership: Membership) -> Message:
    return Message("screening.signs") if membership is Membership.SIGNS else Message("screening.no_sign")


def _limits() -> Message:
    """Return what the words for the states of a gene mean."""
    return Message(
        "screening.limits",
        identity=FOUND_IDENTITY,
        coverage=FOUND_COVERAGE,
        low_identity=RELATIVE_IDENTITY,
        low_coverage=RELATIVE_COVERAGE,
    )


def system_lines(document: ScreeningDocument) -> list[SystemLine]:
    """Return a line per system of the panel; none if the genome was not screened."""
    return [_line(system, document.of_system(system)) for system in SYSTEMS if document.of_system(system)]


def _line(system: str, genes: tuple[ScreenedGene, ...]) -> SystemLine:
    found = sum(gene.state is GeneState.FOUND for gene in genes)
    return SystemLine(
        system=Message(f"screening.system.{system}"),
        count=Message("screening.count", found=found, count=len(genes)),
        found=bool(found),
        genes=tuple(_gene(gene) for gene in genes if gene.state is not GeneState.ABSENT),
    )


def _gene(gene: ScreenedGene) -> Message:
    return Message(
        "screening.gene",
        gene=gene.gene,
        identity=gene.identity_percent or 0.0,
        coverage=gene.coverage_percent or 0.0,
        state=Message(f"screening.state.{gene.state}"),
    )
