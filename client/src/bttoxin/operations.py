"""The operations on a run, shared by the blocking and the asynchronous client."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bttoxin.annotating import annotate
from bttoxin.columns import TABLES
from bttoxin.downloading import BundleName, fetch
from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import NotAPortal, PortalUnreachable, RefusedFile, RefusedFiles, RequestRefused
from bttoxin.genomes import Source, find_files, items_of, look_at_files, passed_over, words_for_passed_over
from bttoxin.journal import Journal, RunState
from bttoxin.link import Link
from bttoxin.patience import Patience, ask, read_json
from bttoxin.progress import Progress
from bttoxin.sharing import SharedLink, make_links, read_shares, revoke_share, share_body, share_link
from bttoxin.single import TaskOperations
from bttoxin.submitting import SUBMISSIONS, bearer, send_genomes
from bttoxin.table_files import save_tables
from bttoxin.watching import TaskState, Watch, look, wait

API_LEVEL = 2


def about(link: Link, progress: Progress) -> Program[dict[str, Any]]:
    """Return the portal's version, limits, retention and reference.

    Raises:
        NotAPortal: another service answers, or a portal too old for submissions.
    """
    answer: Answer = yield from ask(
        Send("GET", "/api/portal", headers=link.headers), link.patience, progress, first=True
    )
    body = read_json(answer, "/api/portal")
    if not isinstance(body, dict) or "api_level" not in body:
        raise NotAPortal(f"{link.url} answers, but not as a BtToxin Portal does.")
    if int(body["api_level"]) < API_LEVEL:
        raise NotAPortal(f"The portal at {link.url} (version {body.get('version')}) is too old for this client.")
    return body


@dataclass(repr=False)  # tokens
class Operations:
    """The operations of one run, as programs for a driver."""

    link: Link
    journal: Journal
    progress: Progress
    state: RunState
    watch: Watch = field(init=False)
    names: dict[str, str] = field(default_factory=dict, init=False)  # of strains by task id, as last read
    passed_over: list[Path] = field(default_factory=list, init=False)  # in the folders that were given

    def __post_init__(self) -> None:
        self.watch = Watch(self.state)

    # -- sending and waiting

    def submit(self, source: Source, options: Mapping[str, Any], on_bad: str) -> Program[None]:
        """Send the genomes that are not in the journal."""
        items = items_of(source)
        files = find_files(items)
        self.passed_over = [path for path in passed_over(items) if not self.journal.is_own(path)]
        if self.passed_over:
            self.progress.done(words_for_passed_over(self.passed_over))
        known = yield from about(self.link, self.progress)
        lang = self.link.headers.get("Accept-Language", "en")
        genomes, unusable = look_at_files(files, limit_bytes=_upload_limit(known), lang=lang)
        with self.journal.exclusive():
            self.state = self.journal.read()
            self.watch.state = self.state
            link = self.link
            yield from send_genomes(
                self.journal, self.state, genomes, unusable, options, link.headers, link.patience, self.progress
            )
        if on_bad == "raise" and self.refused:
            raise RefusedFiles(self.refused)

    @property
    def refused(self) -> list[RefusedFile]:
        """The files that could not be sent, or that the portal did not take."""
        return list(self.state.refused.values())

    def look(self, patience: Patience | None = None) -> Program[list[TaskState]]:
        """Ask the portal once, and return the state of each genome."""
        yield from look(self.watch, self.link.headers, patience or self.link.patience, self.progress)
        return self.watch.tasks()

    def look_first(self) -> Program[None]:
        """Ask the portal if nobody has asked it yet, and only briefly; otherwise what the journal says is all."""
        if self.state.live and not self.watch.watched:
            with suppress(PortalUnreachable, NotAPortal, RequestRefused):
                yield from self.look(Patience(outage_s=self.link.patience.first_contact_s))

    def wait(self, timeout_s: float | None) -> Program[None]:
        """Wait until all have ended."""
        yield from wait(self.watch, self.link.headers, self.link.patience, self.progress, timeout_s)

    def task(self, name: str) -> TaskOperations:
        """Return the operations on one genome, by its label or task id.

        Raises:
            KeyError: no such genome in this run.
        """
        for submission in self.state.live:
            for item in submission.items.values():
                if item.task_id == name:
                    return TaskOperations(self.link, item.task_id, submission.token, self.progress)
        newest = self.state.newest()
        if name not in newest:
            raise KeyError(f"there is no genome {name!r} in this run")
        submission, item = newest[name]
        return TaskOperations(self.link, item.task_id, submission.token, self.progress)

    # -- tables

    def rows(self, table: str) -> Program[list[dict[str, Any]]]:
        """Return the rows of one table for all genomes; `tasks` includes refused files."""
        if table not in TABLES:
            raise ValueError(f"there is no table {table!r}, but {', '.join(TABLES)}")
        newest = self.state.newest()
        counts = {item.task_id for _, item in newest.values()}
        found: list[dict[str, Any]] = []
        for submission in self.state.live:
            path = f"{SUBMISSIONS}/{submission.submission_id}/{table}"
            headers = {**self.link.headers, **bearer(submission.token)}
            answer: Answer = yield from ask(
                Send("GET", path, headers=headers, params={"format": "json"}), self.link.patience, self.progress
            )
            body = read_json(answer, path)
            found += [row for row in body["rows"] if row["task_id"] in counts]
        if table == "tasks":
            refusals = {item.task_id: self.state.refusal(item) for _, item in newest.values()}
            found = [self._with_reason(row, refusals) for row in found]
            found += [
                {**dict.fromkeys(TABLES["tasks"]), "label": label, "status": "refused", "message": str(file)}
                for label, file in self.state.refused.items()
                if label not in newest
            ]
            self.names.update({row["task_id"]: row.get("name") or "" for row in found if row["task_id"]})
        return found

    @staticmethod
    def _with_reason(row: dict[str, Any], reasons: Mapping[str, RefusedFile | None]) -> dict[str, Any]:
        refused = reasons.get(row["task_id"])
        return {**row, "status": "refused", "message": str(refused)} if refused else row

    def labels(self) -> list[str]:
        """Return the labels of the accepted genomes, in order."""
        return [label for label, (_, item) in self.state.newest().items() if self.state.refusal(item) is None]

    # -- files

    def save_tables(self, into: Path, wanted: str) -> Program[list[Path]]:
        """Save the tables of each submission as files in a folder."""
        return save_tables(self.link, self.state.live, into, wanted, self.progress)

    def bundles(self, into: Path) -> Program[list[Path]]:
        """Save the ZIP of each completed genome in a folder, named as the portal names it; complete ones stay."""
        yield from self.look()
        done = [task for task in self.watch.tasks() if task.status == "completed"]
        tokens = {item.task_id: sub.token for sub, item in self.state.newest().values()}
        saved = []
        for number, task in enumerate(done, 1):
            self.progress.show(f"bundle {number} of {len(done)}: {task.label}")
            target = BundleName(into, task.task_id, task.label)
            headers = {**self.link.headers, **bearer(tokens[task.task_id])}
            path = f"/api/tasks/{task.task_id}/bundle"
            saved.append((yield from fetch(path, target, headers, self.link.patience, self.progress)))
        self.progress.done(f"{len(saved)} bundles in {into}")
        return saved

    def bundle(self, target: Path) -> Program[list[Path]]:
        """Save one ZIP with all bundles of each submission."""
        saved = []
        for number, submission in enumerate(self.state.live, 1):
            name = target if number == 1 else target.with_name(f"{target.stem}_{number}{target.suffix}")
            path = f"{SUBMISSIONS}/{submission.submission_id}/bundle"
            headers = {**self.link.headers, **bearer(submission.token)}
            saved.append((yield from fetch(path, name, headers, self.link.patience, self.progress)))
        return saved

    # -- actions

    def act(self, name: str, body: Mapping[str, Any]) -> Program[list[Any]]:
        """Send an action (`cancel`, `retry`) to each submission of the run."""
        answers = []
        for submission in self.state.live:
            path = f"{SUBMISSIONS}/{submission.submission_id}/{name}"
            headers = {**self.link.headers, **bearer(submission.token)}
            answer: Answer = yield from ask(
                Send("POST", path, headers=headers, json=dict(body)), self.link.patience, self.progress
            )
            answers.append(read_json(answer, path))
        return answers

    def close(self) -> Program[list[str]]:
        """Close each submission of the run without what has not arrived; return the labels of what is missing."""
        answers = yield from self.act("close", {})
        return [item["label"] for answer in answers for item in answer["missing"]]

    def compare(self, target: Path, lang: str) -> Program[list[Path]]:
        """Save the comparison of each submission as a ZIP."""
        saved = []
        for number, submission in enumerate(self.state.live, 1):
            name = target if number == 1 else target.with_name(f"{target.stem}_{number}{target.suffix}")
            path = f"{SUBMISSIONS}/{submission.submission_id}/compare"
            headers = {**self.link.headers, **bearer(submission.token), "Accept": "*/*"}
            answer: Answer = yield from ask(
                Send("POST", path, headers=headers, json={"lang": lang}, timeout_s=300.0),
                self.link.patience,
                self.progress,
            )
            name.parent.mkdir(parents=True, exist_ok=True)
            part = name.with_name(f".{name.name}.part")
            part.write_bytes(answer.content)
            part.replace(name)
            saved.append(name)
        return saved

    def annotate(self, rows: Any, replace: bool) -> Program[int]:
        """Write names, tags, notes and metadata; return how many genomes differ from before."""
        return (yield from annotate(self.link, self.progress, self.state, rows, replace=replace))

    def delete(self) -> Program[None]:
        """Remove the run from the portal."""
        for submission in self.state.live:
            path = f"{SUBMISSIONS}/{submission.submission_id}"
            headers = {**self.link.headers, **bearer(submission.token)}
            yield from ask(Send("DELETE", path, headers=headers), self.link.patience, self.progress)
            self.journal.append({"event": "deleted", "id": submission.submission_id})
            submission.deleted = True

    def share(self) -> list[str]:
        """Return the read-only address of the run: its page, with the view token as the fragment."""
        return [share_link(self.link.url, each, each.view_token) for each in self.state.live]

    def share_until(self, ends: date | str | None, label: str, snapshot: bool) -> Program[list[str]]:
        """Make a link to each submission's page that works through a day, and return the addresses."""
        return (yield from make_links(self.link, self.progress, self.state.live, share_body(ends, label, snapshot)))

    def shares(self) -> Program[list[SharedLink]]:
        """Return all links that were made, the newest first."""
        return (yield from read_shares(self.link, self.progress, self.state.live))

    def revoke(self, share: SharedLink | int) -> Program[None]:
        """Take one link back."""
        yield from revoke_share(self.link, self.progress, self.state.live, share)


def _upload_limit(known: Mapping[str, Any]) -> int | None:
    limits = known.get("limits")
    limit = limits.get("max_upload_bytes") if isinstance(limits, Mapping) else None
    return limit if isinstance(limit, int) else None
