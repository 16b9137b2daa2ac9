"""The asynchronous client: `AsyncPortal` and `AsyncRun`; the same operations, awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, overload

from bttoxin._async import AsyncDriver
from bttoxin.effects import Program, T
from bttoxin.frames import make_frame, make_matrix
from bttoxin.genomes import Source
from bttoxin.opening import make_link, open_run, submit_options
from bttoxin.operations import Operations, about
from bttoxin.progress import Progress, Silence, find_progress
from bttoxin.run import RunFacts
from bttoxin.samples import open_samples
from bttoxin.sharing import SharedLink
from bttoxin.single import TaskOperations
from bttoxin.task import AsyncTask
from bttoxin.watching import TaskState

OnBad = Literal["collect", "raise"]


class AsyncRun(RunFacts):
    """A set of genomes submitted to a portal. Each method may be called repeatedly at any time."""

    def __init__(self, driver: AsyncDriver, operations: Operations) -> None:
        super().__init__(operations)
        self._driver = driver

    async def _do(self, program: Program[T]) -> T:
        return await self._driver.run(program)

    async def status(self) -> list[TaskState]:
        """Ask the portal once, and return the state of each genome."""
        return await self._do(self._operations.look())

    async def wait(self, timeout_s: float | None = None) -> AsyncRun:
        """Wait until every genome has ended, successfully or not, and return the run.

        Raises:
            WaitTimeout: `timeout_s` (s) has passed. The portal keeps working; nothing is lost.
        """
        await self._do(self._operations.wait(timeout_s))
        return self

    def task(self, name: str) -> AsyncTask:
        """Return one genome by its label or task id.

        Raises:
            KeyError: no such genome in this run.
        """
        return AsyncTask(self._driver, self._operations.task(name))

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of `tasks`, `toxins`, `scores` or `species` as dictionaries; needs no extra package."""
        return await self._do(self._operations.rows(table))

    async def tasks(self, frame: str | None = None) -> Any:
        """Return a frame with one row per genome, including refused and failed ones."""
        return make_frame("tasks", await self.rows("tasks"), frame)

    async def toxins(self, frame: str | None = None) -> Any:
        """Return a frame with one row per toxin gene; identity and coverage in percent."""
        return make_frame("toxins", await self.rows("toxins"), frame)

    async def scores(self, frame: str | None = None) -> Any:
        """Return a frame with one row per genome and insect order; scores 0-1, NA where there is no evidence."""
        return make_frame("scores", await self.rows("scores"), frame)

    async def species(self, frame: str | None = None) -> Any:
        """Return a frame with one row per genome and species; scores 0-1, NA where there is no evidence."""
        return make_frame("species", await self.rows("species"), frame)

    async def matrix(self, value: str = "score", by: str = "scores", frame: str | None = None) -> Any:
        """Return genome x order (`by="scores"`) or genome x species (`by="species"`) with one value per cell."""
        column = "species" if by == "species" else "target"
        return make_matrix(await self.rows(by), self._operations.labels(), column, value, frame)

    async def save_tables(self, into: str | Path | None = None, format: str = "xlsx") -> list[Path]:
        """Save the tables of all genomes as files in a folder: `xlsx` (Excel), `csv`, `json`, `ndjson` or `parquet`.

        They are those of the portal, with files that it refused and genomes that were replaced. Workbooks say what
        their columns mean, in a second sheet.
        """
        return await self._do(self._operations.save_tables(Path(into) if into else self.folder / "tables", format))

    async def bundles(self, into: str | Path | None = None) -> list[Path]:
        """Save the ZIP of each completed genome; files that are already complete are not fetched again.

        Each is named as the portal names it: what the strain is called there, and the id of its task.
        """
        return await self._do(self._operations.bundles(Path(into) if into else self.folder / "bundles"))

    async def bundle(self, target: str | Path | None = None) -> list[Path]:
        """Save one ZIP with the bundles of all genomes (one for each 1,000)."""
        return await self._do(self._operations.bundle(Path(target) if target else self.folder / "bundle.zip"))

    async def compare(self, target: str | Path | None = None, lang: str = "en") -> list[Path]:
        """Save the comparison of all completed genomes: tables and pictures in one ZIP."""
        return await self._do(
            self._operations.compare(Path(target) if target else self.folder / "comparison.zip", lang)
        )

    async def cancel(self, only: Literal["waiting", "all"] = "all") -> None:
        """Cancel waiting genomes, or all that have not ended."""
        await self._do(self._operations.act("cancel", {"only": only}))

    async def close(self) -> list[str]:
        """Close the run without the genomes that have not arrived, and return their labels; may be repeated.

        The portal counts the run as complete without them, and refuses them from then on.
        """
        return await self._do(self._operations.close())

    async def retry(
        self, failed: bool = True, kinds: list[str] | None = None, parameters: Mapping[str, Any] | None = None
    ) -> None:
        """Rerun failed genomes (only those with these failure `kinds`), or with `failed=False` all that have ended."""
        body: dict[str, Any] = {"only": "failed" if failed else "all"}
        body |= {"kinds": kinds} if kinds else {}
        body |= {"parameters": dict(parameters)} if parameters else {}
        await self._do(self._operations.act("retry", body))

    async def annotate(self, rows: Any, *, replace: bool = False) -> int:
        """Write `name`, `tags`, `note` and metadata columns of your own; return how many genomes changed.

        `rows` is a data frame, dictionaries or the path of a CSV file, with `label` or `task_id`. Missing values and
        columns leave what is there, empty text empties it, and all values become text. Where other text is there
        already, nothing is written and `AlreadyWritten` says of which genome; with `replace=True`, or where the row
        names the present `revision` as the portal's table does, it is written over. `tasks()` has it as `name`,
        `tags` and `meta_<column>`, and takes these columns back. Anyone with a link sees all but the note.
        """
        return await self._do(self._operations.annotate(rows, replace))

    @overload
    def share(self, *, label: str = "") -> str: ...

    @overload
    def share(self, *, ends: date | str, label: str = "", snapshot: bool = False) -> Awaitable[str]: ...

    @overload
    def share(self, *, label: str = "", snapshot: Literal[True]) -> Awaitable[str]: ...

    def share(self, *, ends: date | str | None = None, label: str = "", snapshot: bool = False) -> str | Awaitable[str]:
        """Return the address of the run's page with a token behind `#token=`; one line per 1,000 genomes.

        Anyone who opens it in a browser, or sends the token to the API as `Authorization: Bearer`, can read all states,
        tables and bundles but change nothing. With `ends` (a date, or text such as "2027-06-30"), the portal makes a
        link that works through that day (UTC); `label` says for whom, and `revoke` takes it back. Without, it is the
        permanent link. With `snapshot=True` (30 days, if no `ends` is given) the link shows the results that are there
        now, and nothing that comes later; what is run again or deleted is no longer shown by it. The link with an end
        is awaited, the standing one is not.
        """
        if ends is None and not snapshot:
            return "\n".join(self._operations.share())
        return self._share_until(ends, label, snapshot)

    async def _share_until(self, ends: date | str | None, label: str, snapshot: bool) -> str:
        return "\n".join(await self._do(self._operations.share_until(ends, label, snapshot)))

    async def shares(self) -> list[SharedLink]:
        """Return the links with an end that were made for this run, the newest first; those that are closed too."""
        return await self._do(self._operations.shares())

    async def revoke(self, share: SharedLink | int) -> None:
        """Take a link back, at once and everywhere: one of `shares()`, or its number if the run is one submission."""
        await self._do(self._operations.revoke(share))

    async def delete(self) -> None:
        """Remove all genomes and results of this run from the portal."""
        await self._do(self._operations.delete())


class AsyncPortal:
    """A portal at an address such as `https://bt.institute.example`.

    `api_key` authenticates where the portal requires it; `verify` is the file of a private certificate authority;
    `outage_s` is how long (s) the portal may be unreachable before a call gives up; `lang` (`en`, `zh`) is the
    language of the portal's error messages.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        verify: str | Path | bool = True,
        outage_s: float = 3600.0,
        lang: str = "en",
        quiet: bool = False,
    ) -> None:
        self._link = make_link(url, api_key, outage_s, lang)
        self._driver = AsyncDriver(self._link.url, verify)
        self._quiet = quiet

    async def __aenter__(self) -> AsyncPortal:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncPortal({self._link.url!r})"

    async def close(self) -> None:
        """Close all connections."""
        await self._driver.close()

    def _progress(self) -> Progress:
        return Silence() if self._quiet else find_progress()

    async def about(self) -> dict[str, Any]:
        """Return the portal's version, limits, retention and reference."""
        return await self._driver.run(about(self._link, Silence()))

    async def submit(
        self,
        genomes: Source,
        *,
        into: str | Path,
        label: str | None = None,
        lang: Literal["en", "zh"] = "en",
        notify: Mapping[str, str] | None = None,
        on_bad: OnBad = "collect",
        **parameters: Any,
    ) -> AsyncRun:
        """Submit genomes (a pattern, folder or list; also `.gz`) and return the run, whose journal is in `into`.

        Repeating the call sends only what is still missing, however it ended. A file that cannot be read, is empty or
        damaged, or that the portal refuses, does not block the others: `run.refused` names it with the reason. With
        `on_bad="raise"`, RefusedFiles is raised after all others were sent. `notify`, such as
        `{"mail": "you@example.org"}` or `{"webhook": "https://..."}`, asks the portal to say when all genomes of this
        call have ended, and before their results are removed; genomes that were sent before are not asked for again.

        Raises:
            NoGenomes: no genomes were found (a FileNotFoundError too).
            RequestRefused: the portal is full or a parameter is wrong; nothing was sent.
        """
        operations = open_run(self._link, into, self._progress())
        await self._driver.run(operations.submit(genomes, submit_options(label, lang, parameters, notify), on_bad))
        return AsyncRun(self._driver, operations)

    def task(self, task_id: str, token: str) -> AsyncTask:
        """Return a task that was submitted elsewhere, for example on the web page, by its id and token."""
        return AsyncTask(self._driver, TaskOperations(self._link, task_id, token, self._progress()))

    async def samples(self) -> AsyncRun:
        """Return the portal's finished samples as a run: synthetic genomes, to try out tables and files.

        It allows reading only; nothing is sent, and nothing is written until a file is saved.

        Raises:
            NoSamples: the portal has none, or is still making them.
        """
        return AsyncRun(self._driver, await self._driver.run(open_samples(self._link, self._progress())))

    def open(self, folder: str | Path) -> AsyncRun:
        """Return the run whose journal is in a folder; send nothing."""
        return AsyncRun(self._driver, open_run(self._link, folder, self._progress(), must_exist=True))
