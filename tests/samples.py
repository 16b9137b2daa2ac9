"""Ready samples in tests: none where tasks are counted, and a reference that they can be made from."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from portal.domain.parameters import read_parameters
from portal.domain.samples import SAMPLE_STRAINS, SAMPLE_SUBMITTER
from portal.domain.status import Lang, TaskStatus
from portal.domain.submission import Submission, SubmissionItem
from portal.files.samples import SampleSet, SampleSets
from portal.files.submissions import SubmissionFolders
from portal.reference.example_genome import INVENTORIES
from portal.reference.store import ReferenceStore
from portal.reference.types import Entry
from portal.services.sample_maker import SAMPLES_LABEL
from portal.services.secrets import new_task_id
from portal.services.submission_keys import SubmissionKeys

if TYPE_CHECKING:
    from tests.builders import BuiltTask, Site

GENOME = b">contig1\nACGTTGCAAC\n"

# Settings of every portal that a test starts: it makes no tasks of its own. What tests samples switches them on.
NO_SAMPLES = {"SAMPLES": "false"}


def put_reference(root: Path, name: str = "made-up", *, seed: int = 1) -> None:
    """Put a small reference of made-up proteins with every toxin of the example genomes into use."""
    rng = random.Random(seed)
    toxins = [toxin for inventory in INVENTORIES.values() for toxin in inventory]
    entries = [Entry(f"{toxin}1", "M" + "".join(rng.choices("ACDEFGHIKLNPQRSTVWY", k=300))) for toxin in toxins]
    store = ReferenceStore(root)
    store.add_entries(entries, name, version=str(seed), origin="made up")
    store.use(name)


def put_samples(site: Site, *, task: Callable[..., BuiltTask] | None = None) -> dict[str, str]:
    """Put a finished set of samples on the disk; return the ids: of the submission as `all`, of tasks by name."""
    submission_id, digest = new_task_id(), hashlib.sha256(GENOME).hexdigest()
    items = tuple(
        SubmissionItem(n, strain, len(GENOME), digest) for n, strain in enumerate(SAMPLE_STRAINS.values(), start=1)
    )
    submission = Submission(
        submission_id, "0" * 32, SAMPLES_LABEL, Lang.EN, read_parameters({}), items, SAMPLE_SUBMITTER, digest,
        datetime.now(UTC),
    )  # fmt: skip
    folders, keys, ids = SubmissionFolders(site.portal), SubmissionKeys(site.keyring), {"all": submission_id}
    assert folders.create(submission)
    for n, (name, strain) in enumerate(SAMPLE_STRAINS.items(), start=1):
        folders.mark_received(submission_id, n)
        ids[name] = keys.task_id(submission_id, n)
        (task or site.task)(
            TaskStatus.COMPLETED, task_id=ids[name], submission=submission_id, submitter=SAMPLE_SUBMITTER,
            filename=f"{strain}.fna", hits=0 if name == "none" else 7,
        )  # fmt: skip
        site.portal.task(ids[name]).kept.touch()
    SampleSets(ready=(SampleSet(submission_id, digest, datetime.now(UTC)),)).write(site.portal)
    return ids
