"""What a user of the client sees: the run, refused files, downloads, no secrets; blocking and asynchronous."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from bttoxin import AsyncPortal, Conflict, DamagedDownload, InvalidRequest, NotFound, Portal, RefusedFiles, Run
from bttoxin.genomes import words_for_passed_over

from portal.services.secrets import Keyring
from tests.builders import make_task_on_disk
from tests.client.spoiler import Spoiler
from tests.web.api.server import Server


def _finished(server: Server, run: Run, labels: set[str]) -> None:
    """Put the results of some genomes into place, as the pipeline would have."""
    for state in run.states:
        if state.label in labels:
            folder = server.portal.task(state.task_id).path
            folder.rename(server.portal.trash / state.task_id)
            submission = run._operations.state.live[0].submission_id
            make_task_on_disk(server.portal, task_id=state.task_id, submission=submission)


@pytest.fixture
def run(server: Server, genomes: Path, tmp_path: Path) -> Run:
    return Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run", label="May", min_identity=0.7)


def test_a_refused_file_is_named_with_its_line_and_the_others_are_sent(run: Run) -> None:
    (refused,) = run.refused
    assert (Path(refused.path).name, refused.line, refused.label) == ("bad.fna", 2, "bad")
    assert "'!'" in refused.message
    run.status()
    assert run.counts == {"pending": 26, "refused": 1}


def test_a_refused_file_may_be_corrected_and_sent_again(server: Server, run: Run, genomes: Path) -> None:
    (genomes / "bad.fna").write_bytes(b">bad\nACGTACGT\n")
    again = Portal(server.url, quiet=True).submit(genomes, into=run.folder)
    again.status()
    assert (again.refused, again.counts) == ([], {"pending": 27})


def test_on_bad_raise_names_all_of_them_after_the_others_were_sent(
    server: Server, genomes: Path, tmp_path: Path
) -> None:
    (genomes / "worse.fna").write_bytes(b"no fasta")
    with Portal(server.url, quiet=True) as portal, pytest.raises(RefusedFiles) as caught:
        portal.submit(genomes, into=tmp_path / "run", on_bad="raise")
    assert [file.label for file in caught.value.refused] == ["bad", "worse"]


def test_a_wrong_parameter_is_refused_before_anything_is_sent(server: Server, genomes: Path, tmp_path: Path) -> None:
    before = server.portal.task_ids()
    with Portal(server.url, quiet=True) as portal, pytest.raises(InvalidRequest, match="min_identity"):
        portal.submit(genomes, into=tmp_path / "run", min_identity=7)
    assert server.portal.task_ids() == before


def test_no_secret_is_in_what_a_notebook_keeps(run: Run) -> None:
    submission = run._operations.state.live[0]
    secrets = (submission.token, run._operations.state.secret)
    shown = [repr(run), run._repr_html_(), repr(run.states), repr(run._operations), repr(submission), str(run.refused)]
    assert not [secret for secret in secrets for text in shown if secret in text]
    assert submission.view_token in run.share()
    assert submission.token not in run.share()
    assert (run.folder / "run.jsonl").stat().st_mode & 0o077 == 0
    assert "run.jsonl" in (run.folder / ".gitignore").read_text()


def test_a_link_with_an_end_opens_the_run_and_is_taken_back(server: Server, run: Run) -> None:
    link = run.share(ends=date(2031, 1, 31), label="Review group")
    page, _, token = link.partition("#token=")
    submission = run._operations.state.live[0]
    assert page == f"{server.url}/submissions/{submission.submission_id}"
    assert token not in (submission.token, submission.view_token)
    place = f"{server.url}/api/submissions/{submission.submission_id}"
    owner = {"Authorization": f"Bearer {submission.token}"}
    [share] = httpx.get(f"{place}/shares", headers=owner).json()["shares"]
    assert (share["label"], share["ends"]) == ("Review group", "2031-01-31")
    looks = [httpx.get(place, headers={"Authorization": f"Bearer {token}"}).status_code]
    assert httpx.delete(f"{place}/shares/{share['n']}", headers=owner).status_code == 204
    looks.append(httpx.get(place, headers={"Authorization": f"Bearer {token}"}).status_code)
    assert looks == [200, 404]
    with pytest.raises(InvalidRequest, match="ends"):
        run.share(ends="1999-01-01")


def test_links_are_listed_and_taken_back(server: Server, run: Run) -> None:
    first, second = (run.share(ends=date(2031, 1, 31), label=label).partition("#token=")[2] for label in ("Bob", "Eve"))
    place = f"{server.url}/api/submissions/{run._operations.state.live[0].submission_id}"

    def opens(token: str) -> int:
        return httpx.get(place, headers={"Authorization": f"Bearer {token}"}).status_code

    eve, bob = run.shares()[:2]
    assert (bob.label, eve.label, bob.ends, bob.is_open, bob.done) == ("Bob", "Eve", date(2031, 1, 31), True, None)
    run.revoke(bob)
    assert [opens(token) for token in (first, second)] == [404, 200]
    run.revoke(eve.n)
    assert opens(second) == 404
    assert [share.is_open for share in run.shares()[:2]] == [False, False]
    with pytest.raises(NotFound):
        run.revoke(999)
    with pytest.raises(NotFound):
        run.revoke(replace(eve, submission_id="abcdefghijkl"))
    assert first not in repr(run.shares())


def test_a_snapshot_of_nothing_is_refused(run: Run) -> None:
    with pytest.raises(Conflict, match="Nothing is completed yet"):
        run.share(snapshot=True)


def test_a_snapshot_shows_what_is_done(server: Server, run: Run) -> None:
    _finished(server, run, {"007"})
    submission = run._operations.state.live[0]
    token = run.share(snapshot=True, label="Bob").partition("#token=")[2]
    [shared] = run.shares()
    assert (shared.done, shared.total, shared.label) == (1, 27, "Bob")
    assert shared.ends >= shared.created_at.date() + timedelta(days=30)
    _finished(server, run, {"1e5"})
    place = f"{server.url}/api/submissions/{submission.submission_id}"
    rows = httpx.get(f"{place}/tasks", headers={"Authorization": f"Bearer {token}"}).json()["rows"]
    assert [(row["label"], row["status"]) for row in rows] == [("007", "completed")]


def test_an_error_holds_no_token(run: Run) -> None:
    submission = run._operations.state.live[0]
    submission.token = Keyring(b"x" * 32).token("a" * 12, "n", "")
    with pytest.raises(NotFound) as caught:
        run.status()
    assert submission.token not in str(caught.value)
    assert submission.token not in repr(caught.value)


def test_bundles_are_fetched_once_and_checked(server: Server, run: Run) -> None:
    _finished(server, run, {"007", "NA"})
    first = run.bundles()
    ids = [state.task_id for state in run.states if state.label in ("007", "NA")]
    assert [path.name for path in first] == [f"HD-1_{task_id}.zip" for task_id in ids]
    stamps = [path.stat().st_mtime_ns for path in first]
    first[0].write_bytes(first[0].read_bytes()[:-1] + b"?")  # a flipped byte on the user's own disk
    again = run.bundles()
    assert again == first
    assert again[1].stat().st_mtime_ns == stamps[1]
    assert again[0].stat().st_mtime_ns != stamps[0]
    (whole,) = run.bundle()
    assert whole.stat().st_size > sum(path.stat().st_size for path in first)
    assert not [path for path in run.folder.rglob("*") if path.name.endswith((".part", ".etag"))]


@pytest.mark.parametrize("faults", [{"cuts": 2}, {"flips": 1}, {"cuts": 1, "flips": 1}])
def test_a_cut_or_spoiled_download_ends_intact(
    server: Server, run: Run, tmp_path: Path, faults: dict[str, int]
) -> None:
    _finished(server, run, {"1e5"})
    spoiler = Spoiler(server.port, **faults)
    run._operations.link.url, run._driver = spoiler.url, type(run._driver)(spoiler.url)
    (path,) = run.bundles(tmp_path / "out")
    good = server.portal.task(next(s.task_id for s in run.states if s.label == "1e5")).path
    assert path.read_bytes() == (good / "attempts/1/bundle/out/bundle.zip").read_bytes()
    assert (spoiler.cuts, spoiler.flips) == (0, 0)
    spoiler.close()


def test_a_download_that_is_always_spoiled_is_not_saved(server: Server, run: Run, tmp_path: Path) -> None:
    _finished(server, run, {"1e5"})
    spoiler = Spoiler(server.port, flips=99)
    run._operations.link.url, run._driver = spoiler.url, type(run._driver)(spoiler.url)
    with pytest.raises(DamagedDownload):
        run.bundles(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    spoiler.close()


def test_cancel_and_delete(server: Server, run: Run) -> None:
    run.cancel()
    assert len(list(server.portal.jobs.glob("*/wishes/cancel.json"))) >= 26
    run.delete()
    assert run.states == []
    assert Portal(server.url, quiet=True).open(run.folder).states == []


def test_the_asynchronous_client_does_the_same(server: Server, genomes: Path, tmp_path: Path) -> None:
    async def use() -> dict[str, int]:
        async with AsyncPortal(server.url, quiet=True) as portal:
            run = await portal.submit(genomes, into=tmp_path / "run")
            await run.status()
            return dict(run.counts)

    assert asyncio.run(use()) == {"pending": 26, "refused": 1}


def test_what_is_no_genome_in_a_folder_is_named_and_counted(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, others = tmp_path / "g", [f"{n}.fastq" for n in range(6)] + ["a\x1b[31mb.txt", "notes.txt"]
    folder.mkdir()
    for name in ("a.fna", *others, ".hidden"):
        (folder / name).write_text(">c1\nACGTACGTACGT\n")
    (folder / "sub.d").mkdir()
    with Portal(server.url) as portal:
        run = portal.submit(folder, into=folder)  # its journal is there too, and is none of them
        again = portal.submit([str(folder), str(folder / "notes.txt")], into=folder)
    assert [path.name for path in run.passed_over] == sorted(others)
    said = capsys.readouterr().err.splitlines()
    assert "not sent: 8 files that are no .fna, .fa or .fasta by name: 0.fastq, 1.fastq, 2.fastq, 3.fastq, " in said[0]
    assert said[0].rstrip().endswith("4.fastq and 3 more")
    assert "notes.txt" not in {path.name for path in again.passed_over}, "what is named by itself is sent"
    assert {task.label for task in again.states} == {"a", "notes.txt"}
    assert words_for_passed_over([folder / "a\x1b[31mb.txt"]).endswith(
        "1 file that is no .fna, .fa or .fasta by name: a_[31mb.txt"
    )
    with Portal(server.url) as portal:
        assert portal.submit(str(folder / "*.fna"), into=tmp_path / "p").passed_over == []
    assert "not sent: 8" not in capsys.readouterr().err


def test_files_of_one_name_are_told_apart(server: Server, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.fna").write_bytes(b">x\nACGT\n")
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit([tmp_path / "a", tmp_path / "b"], into=tmp_path / "run")
    assert [state.label for state in run.states] == ["a/x", "b/x"]


def test_names_with_characters_that_nobody_sees_are_sent(server: Server, tmp_path: Path) -> None:
    """The portal leaves them out of a label; what was sent is found by its number."""
    for name in ("a\u00a0b", "c\ufe0fd", "苏\u3000云", "e\u200bf"):
        (tmp_path / f"{name}.fna").write_bytes(b">x\nACGT\n")
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit(tmp_path, into=tmp_path / "run")
        run.status()
    assert {state.label.replace("\ufe0f", "") for state in run.states} == {"a b", "cd", "苏\u3000云", "e_f"}
    assert dict(run.counts) == {"pending": 4}
