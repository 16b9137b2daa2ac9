"""Send the genomes of a run: reserve space for all, then send those that the portal does not have yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import Conflict, InvalidRequest, RefusedFile, RequestRefused, TooLarge
from bttoxin.genomes import Genome
from bttoxin.journal import Item, Journal, RunState, SubmissionState
from bttoxin.patience import Patience, ask, read_json
from bttoxin.progress import Progress

SUBMISSIONS = "/api/submissions"
MOST_ITEMS = 1000
_UPLOAD_TIMEOUT_S = 300.0


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token; none for samples, which need no token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def send_genomes(
    journal: Journal,
    state: RunState,
    genomes: Sequence[Genome],
    options: Mapping[str, Any],
    headers: Mapping[str, str],
    patience: Patience,
    progress: Progress,
) -> Program[RunState]:
    """Send what is not in the journal and return the new state. May be interrupted and repeated at any time.

    Raises:
        RequestRefused: the portal is full, or refused the parameters or a label; nothing was sent.
    """
    for request in list(state.intents.values()):  # a submission whose response was lost
        yield from _reserve(journal, state, request, headers, patience, progress)
    known = state.newest()
    new = [genome for genome in genomes if not _is_known(genome, known)]
    for part in _parts(new):
        request = {**options, "items": [{"label": g.label, "size": g.size, "sha256": g.sha256} for g in part]}
        yield from _reserve(journal, state, request, headers, patience, progress)
    by_content = {(genome.label, genome.sha256): genome for genome in genomes}
    waiting = [
        (submission, item, by_content[item.label, item.sha256])
        for submission in state.live
        for item in submission.items.values()
        if not item.sent and item.refused is None and (item.label, item.sha256) in by_content
    ]
    for number, (submission, item, genome) in enumerate(waiting, 1):
        progress.show(f"sending {number} of {len(waiting)}: {genome.label}")
        yield from _send(journal, submission, item, genome, headers, patience, progress)
    refused = sum(item.refused is not None for _, item in state.newest().values())
    progress.done(_summary(len(genomes), len(waiting), refused))
    if options.get("notify") and not new:
        progress.done("no genome is new: whom to notify stays as it was when they were sent")
    return state


def _summary(genomes: int, sent: int, refused: int) -> str:
    text = f"{genomes} genome{'s' * (genomes != 1)}: {f'{sent} sent' if sent else 'all sent before'}"
    return f"{text}, {refused} refused (run.refused says why)" if refused else text


def _is_known(genome: Genome, known: Mapping[str, tuple[SubmissionState, Item]]) -> bool:
    found = known.get(genome.label)
    return found is not None and found[1].sha256 == genome.sha256


def _parts(genomes: Sequence[Genome]) -> Iterator[Sequence[Genome]]:
    for start in range(0, len(genomes), MOST_ITEMS):
        yield genomes[start : start + MOST_ITEMS]


def _reserve(
    journal: Journal,
    state: RunState,
    request: dict[str, Any],
    headers: Mapping[str, str],
    patience: Patience,
    progress: Progress,
) -> Program[None]:
    """Create one submission; repeating the request within a run returns the same submission."""
    key = state.key(request)
    if key not in state.intents:
        journal.append({"event": "intent", "key": key, "request": request})
        state.intents[key] = request
    progress.show(f"reserving room for {len(request['items'])} genomes")
    send = Send("POST", SUBMISSIONS, headers={**headers, "Idempotency-Key": key}, json=request)
    try:
        answer: Answer = yield from ask(send, patience, progress, first=True)
    except RequestRefused:
        journal.append({"event": "given_up", "key": key})
        state.intents.pop(key, None)
        raise
    made = read_json(answer, SUBMISSIONS)
    # By number: the portal leaves out of a label what nobody sees.
    sent = dict(enumerate(request["items"], start=1))
    items = [[row["n"], sent[row["n"]]["label"], sent[row["n"]]["sha256"], row["task_id"]] for row in made["items"]]
    event = {
        "event": "submission",
        "key": key,
        "id": made["submission_id"],
        "token": made["token"],
        "view_token": made["view_token"],
        "items": items,
    }
    journal.append(event)
    state.intents.pop(key, None)
    state.submissions[made["submission_id"]] = SubmissionState(
        made["submission_id"],
        made["token"],
        made["view_token"],
        {n: Item(n, label, sha256, task_id) for n, label, sha256, task_id in items},
    )


def _send(
    journal: Journal,
    submission: SubmissionState,
    item: Item,
    genome: Genome,
    headers: Mapping[str, str],
    patience: Patience,
    progress: Progress,
) -> Program[None]:
    path = f"{SUBMISSIONS}/{submission.submission_id}/items/{item.n}"
    more = {"Content-Encoding": "gzip"} if genome.is_packed else {}
    request = Send(
        "PUT",
        path,
        headers={**headers, **bearer(submission.token), "Content-Type": "application/octet-stream", **more},
        content=genome.read(),
        timeout_s=_UPLOAD_TIMEOUT_S,
    )
    try:
        yield from ask(request, patience, progress)
    except (Conflict, InvalidRequest, TooLarge) as error:  # a conflict: it may not be sent any more; others still may
        item.refused = _refused(error, item, genome.path)
        journal.append(
            {
                "event": "refused",
                "id": submission.submission_id,
                "n": item.n,
                "path": str(genome.path),
                "message": item.refused.message,
                "line": item.refused.line,
                "field": item.refused.field,
                "request_id": item.refused.request_id,
            }
        )
        return
    item.sent = True
    journal.append({"event": "sent", "id": submission.submission_id, "n": item.n})


def _refused(error: RequestRefused, item: Item, path: Path) -> RefusedFile:
    field = next(iter(error.errors), None)
    texts = error.errors.get(field, []) if field else []
    return RefusedFile(str(path), item.label, texts[0] if texts else error.message, error.line, field, error.request_id)
