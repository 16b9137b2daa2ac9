"""Words for broken, cut and altered genes in a grid's rows and cells; `portal/results/gene_state.py` tells which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.results.gene_state import MARKED, Damage, GeneCondition
from portal.results.strain_genes import StrainGene
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import show_number
from portal.web.texts.wording import wording


def damage_words(damage: Damage) -> str:
    """Return how many genes are broken, cut and altered, a line each; empty if none is."""
    return "\n".join(
        wording(Message(f"genes.number_{state}", number=number)) for state, number in _numbers(damage) if number
    )


def damage_found_by(damage: Damage) -> str:
    """Return what finds a strain with such genes, in both languages."""
    found = [state for state, number in _numbers(damage) if number]
    return " ".join(Message(f"genes.{state}").word(lang) for state in found for lang in Lang)


def damage_mark(genes: Sequence[StrainGene]) -> str:
    """Return that the genes of one cell are broken, cut or altered, or how many of them; empty if none is."""
    count = Counter(gene.state for gene in genes)
    return _(", ").join(
        wording(
            state_word(state)
            if count[state] == len(genes)
            else Message(f"genes.some_{state}", some=count[state], all=len(genes))
        )
        for state in MARKED
        if count[state]
    )


def gene_words(gene: StrainGene) -> str:
    """Return the closest known toxin of a gene, the identity to it in percent, and its state unless it is whole."""
    words = gene.closest
    if gene.identity_percent is not None:
        words += f" {show_number(gene.identity_percent, 1)}"
    if gene.state is GeneCondition.WHOLE:
        return words
    return _("%(gene)s (%(state)s)", gene=words, state=wording(state_word(gene.state)))


def state_word(state: GeneCondition) -> Message:
    """Return the word for a gene that is not whole."""
    return Message(f"genes.{state}")


def flaw_words() -> dict[str, Message]:
    """Return the words of all marks by state, for templates."""
    return {state.value: state_word(state) for state in MARKED}


def _numbers(damage: Damage) -> Iterator[tuple[GeneCondition, int]]:
    yield from ((state, damage.of(state)) for state in MARKED)
