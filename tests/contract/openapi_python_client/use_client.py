"""Use the generated client against a running portal: `use_client.py URL TASK_ID TOKEN`. Prints JSON of what came."""

from __future__ import annotations

import io
import json
import sys

from bttoxin_portal_client import AuthenticatedClient, Client
from bttoxin_portal_client.api.about import get_portal
from bttoxin_portal_client.api.health import get_live
from bttoxin_portal_client.api.queue import get_queue
from bttoxin_portal_client.api.results import get_bundle, get_result, get_results, get_toxins
from bttoxin_portal_client.api.tasks import delete_task, get_log, get_task, submit_task
from bttoxin_portal_client.models import Error, SubmitTaskBody, TaskStatus
from bttoxin_portal_client.types import File


def main() -> None:
    """Call what a notebook would call."""
    url, task_id, token = sys.argv[1:]
    public = Client(base_url=url, raise_on_unexpected_status=True)
    client = AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)
    task = get_task.sync(task_id, client=client)
    assert task.status is TaskStatus.COMPLETED
    results = get_results.sync(task_id, client=client)
    bundle = get_bundle.sync(task_id, client=client).payload.read()
    genome = File(payload=io.BytesIO(b">a\n" + b"ACGT" * 50 + b"\n"), file_name="new.fna", mime_type="text/x-fasta")
    created = submit_task.sync(client=public, body=SubmitTaskBody(file=genome))
    own = AuthenticatedClient(base_url=url, token=created.token, raise_on_unexpected_status=True)
    deleted = delete_task.sync_detailed(created.task_id, client=own)
    refused = get_task.sync(task_id, client=AuthenticatedClient(base_url=url, token="wrong"))
    assert isinstance(refused, Error)
    found = {
        "portal": get_portal.sync(client=public).name,
        "live": get_live.sync(client=public).status,
        "waiting": get_queue.sync(client=public).waiting,
        "log": get_log.sync(task_id, client=client),
        "files": [file.name for file in results.files],
        "identity": [toxin.identity_percent for toxin in results.toxins.toxins],
        "scores": {score.target: score.score for score in results.scores.strains[0].orders},
        "table": get_toxins.sync(task_id, client=client),
        "all_toxins": get_result.sync(task_id, "All_Toxins.txt", client=client).payload.read().decode(),
        "bundle": bundle[:2].decode(),
        "deleted": int(deleted.status_code),
        "refused": refused.code,
    }
    print(json.dumps(found))


main()
