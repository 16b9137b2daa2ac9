"""Addresses of the pages of toxin genes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.domain.task import TaskMeta
from portal.results.toxin_lookup import ToxinGene
from portal.web.pages.run_links import result_url
from portal.web.pages.toxin_view import ToxinRow


def toxin_address(task: TaskMeta, keys: Mapping[str, str], row: ToxinRow) -> str:
    """Return the address of the page of a row's gene; `keys` are those of `toxin_lookup.keys_by_row`."""
    return result_url("pages.toxin", task_id=task.task_id, wanted=keys.get(row.protein_id, row.protein_id))


def links_of_names(task: TaskMeta, genes: Iterable[ToxinGene]) -> dict[str, str]:
    """Return the address of each name that a gene has: of its page, or of the list of the genes of this name."""
    by_name: dict[str, list[str]] = {}
    for gene in genes:
        for name in gene.names:
            by_name.setdefault(name, []).append(gene.key)
    return {
        name: result_url("pages.toxin", task_id=task.task_id, wanted=keys[0] if len(keys) == 1 else name)
        for name, keys in by_name.items()
    }
