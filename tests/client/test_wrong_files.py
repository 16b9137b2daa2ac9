"""Files that cannot be sent block no other: each client names them with their reasons, and sends the rest."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from bttoxin import AsyncPortal, BtToxinError, NoGenomes, Portal, RefusedFiles, Run
from bttoxin.file_faults import TEXTS as FAULTS
from bttoxin.file_faults import UnusableFile, measure_file
from bttoxin.genomes import Genome, Source
from click.testing import CliRunner

from portal.cli.client import submit
from portal.domain.catalogue.table import TEXTS
from tests.client.r_session import r, told
from tests.web.api.server import Server

_FASTA = b">x\n" + b"ACGTTGCA" * 9000 + b"\n"
_SENT = {"good", "packed", "two lines_of name", "bytes_"}
# Name -> how its reason begins.
_WRONG = {
    "empty.fna": "the file is empty",
    "empty_packed.fna.gz": "the file is empty",
    "no_bytes.fna.gz": "the file is empty",
    "plain.fna.gz": "this is not a gzip file",
    "cut.fna.gz": "this gzip file is damaged or cut",
    "flipped.fna.gz": "this gzip file is damaged or cut",
    "nothing.fna": "there is no such file",
    "pipe.fna": "this is not a file, but",
    "folder.fna": "this is not a file, but",
    "utf16.fna": "line 1: this is UTF-16 text",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three genomes that can be sent among many that cannot."""
    folder = tmp_path / "genomes"
    folder.mkdir()
    packed = gzip.compress(_FASTA)
    flipped = bytearray(packed)
    flipped[-6] ^= 1
    files = {
        "good.fna": _FASTA,
        "packed.fna.gz": packed,
        "two lines\nof name.fna": _FASTA.replace(b"T", b"C"),
        "empty.fna": b"",
        "no_bytes.fna.gz": b"",
        "empty_packed.fna.gz": gzip.compress(b""),
        "plain.fna.gz": _FASTA,
        "cut.fna.gz": packed[: len(packed) // 2],
        "flipped.fna.gz": bytes(flipped),
        "utf16.fna": _FASTA.decode().encode("utf-16"),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    Path(os.fsdecode(os.fsencode(folder) + b"/bytes\xff.fna")).write_bytes(_FASTA.replace(b"G", b"T"))
    (folder / "nothing.fna").symlink_to(tmp_path / "not there")
    (folder / "folder.fna").mkdir()
    os.mkfifo(folder / "pipe.fna")
    return folder


def _check(refused: dict[str, str], pending: set[str]) -> None:
    """Check reasons by the file's name, and the labels that arrived."""
    assert {name: refused.get(name, "")[: len(reason)] for name, reason in _WRONG.items()} == _WRONG
    assert set(refused) == set(_WRONG)
    assert pending == _SENT


def _by_name(run: Run) -> dict[str, str]:
    return {Path(file.path).name: file.message for file in run.refused}


def test_python_names_each_and_sends_the_others(server: Server, folder: Path, tmp_path: Path) -> None:
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit(folder, into=tmp_path / "run")
        _check(_by_name(run), {state.label for state in run.status() if state.status == "pending"})
        assert run.counts == {"pending": len(_SENT), "refused": len(_WRONG)}
        rows = {row["label"]: row for row in run.rows("tasks")}
        assert {label for label, row in rows.items() if row["status"] == "refused"} == {
            name.partition(".")[0] for name in _WRONG
        }
        assert rows["empty"]["task_id"] is None
        assert len(run.tasks()) == len(_SENT) + len(_WRONG)
        opened = portal.open(run.folder)
        assert (opened.refused, opened.counts) == (run.refused, run.counts)
    assert portal.open(run.folder).counts == {"sent": len(_SENT), "refused": len(_WRONG)}  # nobody can be asked
    with Portal(server.url, quiet=True) as portal:
        lines = (run.folder / "run.jsonl").read_bytes()
        assert portal.submit(folder, into=run.folder).refused == run.refused
        assert (run.folder / "run.jsonl").read_bytes() == lines
        with pytest.raises(RefusedFiles, match=r"plain\.fna\.gz: this is not a gzip file"):
            portal.submit(folder, into=run.folder, on_bad="raise")


def test_a_pattern_and_a_list_are_as_a_folder(server: Server, folder: Path, tmp_path: Path) -> None:
    with Portal(server.url, quiet=True) as portal:
        sources: list[str | list[Path]] = [f"{folder}/*", [*folder.iterdir(), *folder.iterdir()]]
        for number, source in enumerate(sources):
            run = portal.submit(source, into=tmp_path / f"run{number}")
            wrong = _by_name(run)
            if number:  # each path of a list is looked into: that of a folder says that nothing is in it
                wrong.setdefault("folder.fna", _WRONG["folder.fna"])
            _check(wrong, {state.label for state in run.status() if state.status == "pending"})
            assert run.counts == {"pending": len(_SENT), "refused": len(run.refused)}


def test_a_corrected_file_is_no_longer_refused(server: Server, folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if path.name not in ("good.fna", "empty.fna", "plain.fna.gz"):
            path.unlink() if not path.is_dir() else path.rmdir()
    with Portal(server.url, quiet=True) as portal:
        assert len(portal.submit(folder, into=tmp_path / "run").refused) == 2
        (folder / "empty.fna").write_bytes(b">now\nACGT\n")
        (folder / "plain.fna.gz").unlink()
        run = portal.submit(folder, into=tmp_path / "run")
        assert (run.refused, run.counts) == ([], {"pending": 2})


def test_every_file_is_counted_once_in_what_the_client_says(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "genomes"
    folder.mkdir()

    def sent() -> str:
        with Portal(server.url) as portal:
            portal.submit(folder, into=tmp_path / "run")
        said = capsys.readouterr().err.strip().splitlines()[-1]
        into = tmp_path / "run_r"
        in_r = r(
            "run <- bt_submit(bt_portal({url!r}), {folder!r}, into = {into!r})",
            url=server.url,
            folder=folder,
            into=into,
        )
        said_in_r = in_r.stderr.strip().splitlines()[-1]
        assert said_in_r.replace("bt_refused(run)", "run.refused") == said
        return said.partition(" (")[0]

    (folder / "no.fna").write_bytes(b"ACGT\n")  # announced, and refused as it comes
    (folder / "empty.fna").write_bytes(b"")  # not even announced
    assert sent() == "2 genomes: none sent, 2 refused"
    assert sent() == "2 genomes: none sent, 2 refused"
    (folder / "good.fna").write_bytes(_FASTA)
    assert sent() == "3 genomes: 1 sent, 2 refused"
    assert sent() == "3 genomes: 1 sent before, 2 refused"
    (folder / "no.fna").write_bytes(b">now\nACGT\n")
    assert sent() == "3 genomes: 1 sent, 1 sent before, 1 refused"
    (folder / "empty.fna").unlink()
    assert sent() == "2 genomes: all sent before"


def test_the_asynchronous_client_does_the_same(server: Server, folder: Path, tmp_path: Path) -> None:
    async def use() -> tuple[dict[str, str], set[str]]:
        async with AsyncPortal(server.url, quiet=True) as portal:
            run = await portal.submit(folder, into=tmp_path / "run")
            assert set(run.counts) == {"sent", "refused"}  # nobody has asked the portal yet
            pending = {state.label for state in await run.status() if state.status == "pending"}
            return {Path(file.path).name: file.message for file in run.refused}, pending

    _check(*asyncio.run(use()))


def test_r_names_each_and_sends_the_others(server: Server, folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "run"
    script = (
        "run <- bt_submit(bt_portal({url!r}), {folder!r}, into = {into!r}); tasks <- bt_tasks(run); "
        "cat(jsonlite::toJSON(list(refused = bt_refused(run), tasks = tasks[c('label', 'status')])))"
    )
    answer = told(script, url=server.url, folder=folder, into=into)
    pending = {row["label"] for row in answer["tasks"] if row["status"] == "pending"}
    expected = {"bytes<ff>" if label == "bytes_" else label for label in _SENT}
    assert pending == expected
    _check({Path(row["path"]).name: row["message"] for row in answer["refused"]}, _SENT)
    assert sum(row["status"] == "refused" for row in answer["tasks"]) == len(_WRONG)
    lines = (into / "run.jsonl").read_bytes()
    again = r(script, url=server.url, folder=folder, into=into)
    assert (again.returncode, (into / "run.jsonl").read_bytes()) == (0, lines), again.stderr
    assert f"{len(_WRONG)} refused" in again.stderr
    python = Portal(server.url, quiet=True).open(into)
    assert _by_name(python) == {Path(row["path"]).name: row["message"] for row in answer["refused"]}


def test_the_command_names_each_and_sends_the_others(
    server: Server, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    arguments = [str(path) for path in folder.iterdir() if path.name != "folder.fna"]  # a folder is looked through
    answer = CliRunner().invoke(submit, [*arguments, "--url", server.url])
    lines = {line.split("\t")[0]: line.split("\t")[1:] for line in answer.stdout.splitlines()}
    assert answer.exit_code == 1
    assert lines["nothing"][:2] == ["-", "refused"]
    assert "there is no such file" in lines["nothing"][2]
    assert {label for label, line in lines.items() if line[1] == "pending"} == _SENT
    assert {label for label, line in lines.items() if line[1] == "refused"} == {
        name.partition(".")[0] for name in _WRONG if name != "folder.fna"
    }
    assert f"{len(_WRONG) - 1} refused" in answer.stderr


def test_what_the_portal_does_not_take_as_announced_blocks_no_other(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with one item of an announcement, also what this version of the client does not foresee."""
    for name in "abc":
        (tmp_path / f"{name}.fna").write_bytes(f">{name}\nACGT\n".encode())
    monkeypatch.setattr("bttoxin.genomes.label_of", lambda path: "b\u2028c" if path.name == "b.fna" else path.stem)
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit(tmp_path, into=tmp_path / "run")
        [refused] = run.refused
        assert (Path(refused.path).name, refused.field) == ("b.fna", "label")
        assert "control characters" in refused.message
        assert run.counts == {"pending": 2, "refused": 1}


def _changed(path: Path) -> None:
    path.write_bytes(b">x\nAAAA\n")


def _gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(("change", "said"), [(_changed, "the file changed"), (_gone, "there is no such file")])
def test_a_file_that_changes_while_it_is_sent_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], said: str
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.fna").write_bytes(f">{name}\nACGT\n".encode())
    read = Genome.read

    def read_late(genome: Genome) -> bytes:
        if genome.label == "b":
            change(genome.path)
        return read(genome)

    monkeypatch.setattr(Genome, "read", read_late)
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit(tmp_path, into=tmp_path / "run")
        assert [(file.label, file.message[: len(said)]) for file in run.refused] == [("b", said)]
        assert run.counts == {"pending": 2, "refused": 1}
        monkeypatch.undo()
        (tmp_path / "b.fna").write_bytes(b">b\nACGT\n")  # as it was announced: the same item takes it
        again = portal.submit(tmp_path, into=run.folder)
        assert (again.refused, again.counts) == ([], {"pending": 3})
        assert len(again._operations.state.live) == 1


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.fna"
    path.write_bytes(b">x\nACGT\n")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnusableFile) as caught:
        measure_file(path, is_packed=False)
    assert caught.value.said("en") == "the file cannot be read: Permission denied"
    assert caught.value.said("zh").startswith("无法读取文件")


def test_a_file_beyond_the_portals_limit_is_not_unpacked_further(tmp_path: Path) -> None:
    (tmp_path / "x.fna.gz").write_bytes(gzip.compress(b">x\n" + b"A" * (8 << 20)))
    with pytest.raises(UnusableFile) as caught:
        measure_file(tmp_path / "x.fna.gz", is_packed=True, limit_bytes=2 << 20)
    assert caught.value.said("en") == "The file is larger than the limit of 2 MB."


def test_links_in_a_circle_and_names_that_look_the_same(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.fna").symlink_to(tmp_path / "b.fna")
    (tmp_path / "b.fna").symlink_to(tmp_path / "a.fna")
    for name in ("cd", "c\ufe0fd"):
        (tmp_path / f"{name}.fna").write_bytes(f">{len(name)}\nACGT\n".encode())
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit(tmp_path, into=tmp_path / "run")
        assert sorted(Path(file.path).name for file in run.refused) == ["a.fna", "b.fna"]
        assert run.counts == {"pending": 2, "refused": 2}


def test_where_there_is_nothing_the_error_is_of_the_clients_own_kind(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    sources: list[Source] = [tmp_path / "missing.fna", tmp_path / "none", f"{tmp_path}/*.fna", []]
    for source in sources:
        with Portal("http://127.0.0.1:9", quiet=True) as portal, pytest.raises(NoGenomes) as caught:
            portal.submit(source, into=tmp_path / "run")
        assert isinstance(caught.value, BtToxinError)
        assert isinstance(caught.value, FileNotFoundError)


def test_one_text_for_one_fault_in_portal_python_and_r() -> None:
    shared = {code: text for code, text in FAULTS.items() if not code.startswith("file.")}
    assert shared == {code: (TEXTS[code].en, TEXTS[code].zh) for code in shared}
    assert TEXTS["gzip.cut"] == TEXTS["gzip.damaged"]
    of_r = json.loads(r("cat(jsonlite::toJSON(as.list(.bt_reasons), auto_unbox = TRUE))").stdout)
    assert set(of_r.values()) <= {english for english, _ in FAULTS.values()}
