"""Send the genomes of a run: reserve space for all, then send those that the portal does not have yet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import Conflict, InvalidRequest, RefusedFile, RequestRefused, TooLarge
from bttoxin.file_faults import UnusableFile
from bttoxin.genomes import Genome, shown_path
from bttoxin.journal import Item, Journal, RunState, SubmissionState
from bttoxin.patience import Patience, ask, read_json
from bttoxin.progress import Progress

SUBMISSIONS = "/api/submissions"
MOST_ITEMS = 1000
_UPLOAD_TIMEOUT_S = 300.0
_ITEM = re.compile(r"items\.(\d+)(?:\.(.*))?")


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token; none for samples, which need no token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def send_genomes(
    journal: Journal,
    state: RunState,
    genomes: Sequence[Genome],
    unusable: Sequence[RefusedFile],
    options: Mapping[str, Any],
    headers: Mapping[str, str],
    patience: Patience,
    progress: Progress,
) -> Program[RunState]:
    """Send what is not in the journal and return the new state. May be interrupted and repeated at any time.

    `unusable` are the files that cannot be sent; like what the portal refuses, they do not block the others.

    Raises:
        RequestRefused: the portal is full, or refused the parameters; nothing was sent.
    """
    unsent = list(unusable)
    for request in list(state.intents.values()):  # a submission whose response was lost
        try:
            yield from _reserve(journal, state, request, headers, patience, progress)
        except InvalidRequest as error:
            if not _by_item(error):  # otherwise: found again below, if the genome is still among those to send
                raise
    known = state.newest()
    before = sum(_is_known(genome, known) and known[genome.label][1].sent for genome in genomes)
    new = [genome for genome in genomes if not _is_known(genome, known)]
    for part in _parts(new):
        unsent += yield from _announce(journal, state, part, options, headers, patience, progress)
    journal.note_unsent(state, unsent)
    by_content = {(genome.label, genome.sha256): genome for genome in genomes}
    waiting = [
        (submission, item, by_content[item.label, item.sha256])
        for submission in state.live
        for item in submission.items.values()
        if not item.sent and item.refused is None and (item.label, item.sha256) in by_content
    ]
    sent = 0
    for number, (submission, item, genome) in enumerate(waiting, 1):
        progress.show(f"sending {number} of {len(waiting)}: {genome.label}")
        try:
            content = genome.read()
        except UnusableFile as fault:  # the item still may come: another call finds the file again, or a new one
            unsent.append(genome.refused(fault, headers.get("Accept-Language", "en")))
            journal.note_unsent(state, unsent)
        else:
            yield from _send(journal, submission, item, genome, content, headers, patience, progress)
            sent += item.sent
    progress.done(_summary(len(genomes) + len(unusable), sent, before=before, refused=len(state.refused)))
    if options.get("notify") and not new:
        progress.done("no genome is new: whom to notify stays as it was when they were sent")
    return state


def _announce(
    journal: Journal,
    state: RunState,
    genomes: Sequence[Genome],
    options: Mapping[str, Any],
    headers: Mapping[str, str],
    patience: Patience,
    progress: Progress,
) -> Program[list[RefusedFile]]:
    """Reserve room for genomes; return those that the portal does not take as announced. The others are reserved."""
    left, refused = list(genomes), []
    while left:
        request = {**options, "items": [{"label": g.label, "size": g.size, "sha256": g.sha256} for g in left]}
        try:
            yield from _reserve(journal, state, request, headers, patience, progress)
        except InvalidRequest as error:
            reasons = _by_item(error)
            named = [place for place in reasons if place < len(left)]
            if not named:
                raise
            refused += [
                RefusedFile(shown_path(left[place].path), left[place].label, *reasons[place], error.request_id)
                for place in named
            ]
            left = [genome for place, genome in enumerate(left) if place not in reasons]
        else:
            break
    return refused


def _by_item(error: InvalidRequest) -> dict[int, tuple[str, None, str]]:
    """Return message, line and field for each item (counted from 0) of a refused announcement.

    Empty if anything else is wrong too: then no announcement with these options is taken.
    """
    found = {}
    for name, texts in error.errors.items():
        place = _ITEM.fullmatch(name)
        if place is None:
            return {}
        found[int(place[1])] = (texts[0] if texts else error.message, None, place[2])
    return found


def _summary(files: int, sent: int, *, before: int, refused: int) -> str:
    """Return what became of the files: each that was accepted or refused is counted once."""
    done = [f"{sent} sent"] if sent else []
    if before:
        done.append("all sent before" if before == files else f"{before} sent before")
    text = f"{files} genome{'s' * (files != 1)}: {', '.join(done) or 'none sent'}"
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
    content: bytes,
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
        content=content,
        timeout_s=_UPLOAD_TIMEOUT_S,
    )
    try:
        yield from ask(request, patience, progress)
    except (Conflict, InvalidRequest, TooLarge) as error:  # a conflict: it may not be sent any more; others still may
        item.refused = _refused(error, item, shown_path(genome.path))
        journal.append(
            {
                "event": "refused",
                "id": submission.submission_id,
                "n": item.n,
                "path": item.refused.path,
                "message": item.refused.message,
                "line": item.refused.line,
                "field": item.refused.field,
                "request_id": item.refused.request_id,
            }
        )
        return
    item.sent = True
    journal.append({"event": "sent", "id": submission.submission_id, "n": item.n})


def _refused(error: RequestRefused, item: Item, path: str) -> RefusedFile:
    field = next(iter(error.errors), None)
    texts = error.errors.get(field, []) if field else []
    return RefusedFile(path, item.label, texts[0] if texts else error.message, error.line, field, error.request_id)
