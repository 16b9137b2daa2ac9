"""The number of toxin genes in a task's results, as pages and tables show it."""

from __future__ import annotations

from portal.domain.errors import Conflict, NotReady
from portal.domain.task import TaskMeta
from portal.results.toxin_lookup import toxin_genes
from portal.results.toxins import ToxinsDocument
from portal.services.tasks import TaskService


def gene_count(tasks: TaskService, task: TaskMeta, toxins: ToxinsDocument) -> int | None:
    """Return the number of toxin genes behind the hits of a task; None if its genes cannot be read at the moment.

    Results of an engine that writes no genes have one per row.
    """
    try:
        loci = tasks.loci(task)
    except (Conflict, NotReady):
        return None
    return len(toxin_genes(toxins, loci))
