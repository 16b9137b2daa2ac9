"""What an answer about many genomes reads of each: no more files than it needs, and of each genome as many."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.errors import Conflict, NotFound
from portal.domain.status import TaskStatus
from portal.files.safe_open import read_bytes
from portal.services import results
from tests.builders import Site
from tests.web.batch import Batch

GENOMES = 5


@pytest.fixture
def sentinels(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the sentinels that are read, by stage."""
    read: Counter[str] = Counter()

    def counted(path: Path, *, limit_bytes: int) -> bytes:
        read[path.parent.name] += 1
        return read_bytes(path, limit_bytes=limit_bytes)

    monkeypatch.setattr(results, "read_bytes", counted)
    return read


@pytest.fixture
def batch(site: Site) -> Batch:
    batch = Batch(site, *(f"s{n}" for n in range(GENOMES)))
    for n in range(1, GENOMES + 1):
        batch.put(n, hits=n % 3)
    return batch


@pytest.mark.parametrize("address", ["{page}", "{page}/rows?by=toxins", "{api}/tasks", "{api}/toxins", "{api}/scores"])
def test_a_document_is_found_without_reading_the_later_stages(
    client: FlaskClient, batch: Batch, sentinels: Counter[str], address: str
) -> None:
    client.environ_base |= {"HTTP_SEC_FETCH_SITE": "same-origin"}
    batch.open(client)
    sentinels.clear()
    answer = client.get(
        address.format(page=batch.page, api=batch.api), headers={"Authorization": f"Bearer {batch.token}"}
    )
    assert answer.status_code == 200
    assert 0 < sentinels["digger"] <= 3 * GENOMES, sentinels
    assert sentinels["shoter"] <= GENOMES
    assert (sentinels["plots"], sentinels["bundle"]) == (0, 0)


def test_what_is_not_there_is_told_as_before(site: Site) -> None:
    shelf = site.tasks.shelf
    failed, running, done = site.task(TaskStatus.FAILED), site.task(TaskStatus.RUNNING), site.task()
    shutil.rmtree(site.portal.task(failed.task_id).path / "attempts")
    with pytest.raises(NotFound):
        shelf.find(done.task, "no_such_file.tsv")
    for built in (failed, running):
        with pytest.raises(Conflict):
            shelf.find(built.task, "toxins.json")
