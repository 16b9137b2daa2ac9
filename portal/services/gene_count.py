"""The number of toxin genes in a task's results, as pages and tables show it."""

from __future__ import annotations

from portal.domain.errors import Conflict, NotReady
from portal.domain.task import TaskMeta
from portal.results.loci import LociDocument
from portal.results.toxin_lookup import toxin_genes
from portal.results.toxins import ToxinsDocument
from portal.services.tasks import TaskService


def loci_or_unknown(tasks: TaskService, task: TaskMeta) -> tuple[bool, LociDocument | None]:
    """Return whether a task's genes can be read at the moment, and its loci; an engine may write none."""
    try:
        return True, tasks.loci(task)
    except (Conflict, NotReady):
        return False, None


def gene_count(tasks: TaskService, task: TaskMeta, toxins: ToxinsDocument) -> int | None:
    """Return the number of toxin genes behind the hits of a task; None if its genes cannot be read at the moment.

    Results of an engine that writes no genes have one per row.
    """
    is_known, loci = loci_or_unknown(tasks, task)
    return len(toxin_genes(toxins, loci)) if is_known else None
