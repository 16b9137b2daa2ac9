"""The bundle: the same bytes each time, checked by tools that are not ours, with nothing of the machine inside."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import results as commands
from portal.domain.errors import StageError
from portal.domain.file_names import is_device
from portal.domain.message import Message
from portal.domain.status import Lang, PipelineStage
from portal.files.taskdir import is_safe_name
from portal.pipeline.bundle.archive import regular_files, write_bundle, write_stream
from portal.pipeline.bundle.make import StageFolders, make_bundle
from portal.pipeline.bundle.origin import InputFile, Origin, without_paths
from portal.pipeline.bundle.stage import BUNDLE_STAGE
from portal.pipeline.bundle.verify import verify_bundle
from portal.pipeline.plots.stage import PLOTS_STAGE
from portal.pipeline.stage import StageContext
from tests.pipeline.plots.result_files import write_results

ORIGIN = Origin(
    task_id="abcdefgh2345",
    strain="HD-1",
    submission_time="2026-03-01T10:00:07+01:00",
    lang=Lang.EN,
    genome=InputFile("HD-1.fna", 4, "ab" * 32),
    parameters={"min_identity": 0.8, "specificity": "/srv/private/table.csv"},
)
TOP = "HD-1_abcdefgh2345"
FOLDERS = {"1_Toxin_Mining", "2_Target_Prediction", "3_Plots", "4_Report"}


def bundle(folder: Path, origin: Origin = ORIGIN) -> Path:
    digger, shoter = write_results(folder / "results")
    plots, out = folder / "plots", folder / "out"
    plots.mkdir()
    out.mkdir()
    (plots / "strain_target_scores.png").write_bytes(b"\x89PNG not really")
    make_bundle(StageFolders(digger, shoter, plots), out, origin=origin, display_name="HD-1.fna")
    return out / "bundle.zip"


def repacked(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a copy of a bundle after a change to its files."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return changed


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = bundle(tmp_path / "a"), bundle(tmp_path / "b")
    for path in (tmp_path / "b").rglob("*.json"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    again = tmp_path / "again.zip"
    write_bundle(again, _files(tmp_path / "b"), origin=ORIGIN, versions=_versions(first))

    assert first.read_bytes() == second.read_bytes()
    assert again.read_bytes() == first.read_bytes()


def _files(folder: Path) -> dict[str, list[Path]]:
    return {
        "1_Toxin_Mining": regular_files(folder / "results/digger"),
        "2_Target_Prediction": regular_files(folder / "results/shoter"),
        "3_Plots": regular_files(folder / "plots"),
        "4_Report": sorted((folder / "out").glob("report.*")),
    }


def _versions(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as archive:
        versions: dict[str, object] = json.loads(archive.read(f"{TOP}/manifest.json"))["versions"]
    return versions


def test_sha256sum_finds_every_file_as_it_should_be(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
        names = {name.removeprefix(f"{TOP}/") for name in archive.namelist()}

    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(
        command, cwd=tmp_path / "unpacked" / TOP, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert {line.removesuffix(": OK") for line in done.stdout.splitlines()} == names - {"SHA256SUMS"}
    assert {name.partition("/")[0] for name in names if "/" in name} == FOLDERS


def test_every_entry_has_the_submission_time_and_a_plain_mode(tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(tmp_path)) as archive:
        entries = archive.infolist()

    assert {entry.date_time for entry in entries} == {(2026, 3, 1, 9, 0, 6)}  # 07 in UTC; ZIP keeps every second second
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert {entry.create_system for entry in entries} == {3}


def test_the_manifest_names_input_parameters_and_versions(tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(tmp_path)) as archive:
        manifest = json.loads(archive.read(f"{TOP}/manifest.json"))

    assert manifest["input"] == {"name": "HD-1.fna", "size": 4, "sha256": "ab" * 32}
    assert manifest["parameters"] == {"min_identity": 0.8}
    assert manifest["submission_time"] == "2026-03-01T09:00:07+00:00"
    assert manifest["versions"]["portal"]["name"] == "bttoxin-portal"
    assert manifest["versions"]["engine"]["name"] == "native"
    assert manifest["versions"]["reference"]["sha256"] == "ef" * 32
    assert manifest["versions"]["specificity"]["version"] == "2026.1"


def test_nothing_inside_names_a_folder_of_this_machine(tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(tmp_path)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert str(tmp_path).encode() not in content, name
            assert str(Path.home()).encode() + b"/" not in content, name
            assert b"/srv/private" not in content, name


def test_paths_are_taken_out_wherever_they_stand() -> None:
    value = {"a": "/srv/x", "b": ["~/y", "z"], "c": {"d": "/e", "f": 1}}

    assert without_paths(value) == {"b": ["z"], "c": {"f": 1}}


@pytest.mark.parametrize("name", ["/home/eve/g.fna", "C:\\Users\\eve\\g.fna", "g.fna"])
def test_the_input_is_named_without_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "genome"
    path.write_bytes(b">a\nACGT\n")

    assert InputFile.of(path, name).name == "g.fna"


def test_the_crate_lists_each_file_once_and_every_reference_resolves(tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(tmp_path)) as archive:
        graph = json.loads(archive.read(f"{TOP}/ro-crate-metadata.json"))["@graph"]
        names = {name.removeprefix(f"{TOP}/") for name in archive.namelist()}
    ids = [entity["@id"] for entity in graph]
    files = {entity["@id"] for entity in graph if entity["@type"] == "File"}

    assert len(ids) == len(set(ids))
    assert files | {"SHA256SUMS", "ro-crate-metadata.json"} == names
    for entity in graph:
        for value in entity.values():
            for link in value if isinstance(value, list) else [value]:
                if isinstance(link, dict) and not link["@id"].startswith("https://"):
                    assert link["@id"] in ids


def test_hidden_files_and_links_stay_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / ".b.tmp").write_text("b")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder").mkdir()

    assert [path.name for path in regular_files(tmp_path)] == ["a.txt"]


def test_a_bundle_can_be_written_to_a_pipe(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.content += bytes(data)
            return len(data)

    bundle(tmp_path)
    pipe = Pipe()
    write_stream(pipe, _files(tmp_path), origin=ORIGIN, versions={})  # type: ignore[arg-type]
    (tmp_path / "piped.zip").write_bytes(pipe.content)

    assert verify_bundle(tmp_path / "piped.zip") == []


@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-01"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, time: str) -> None:
    with pytest.raises(StageError, match="ISO 8601"):
        bundle(tmp_path, replace(ORIGIN, submission_time=time))


def test_times_before_zip_files_become_their_first_day(tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(tmp_path, replace(ORIGIN, submission_time="1970-01-01T00:00:00"))) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_a_sound_bundle_has_no_problems(tmp_path: Path) -> None:
    assert verify_bundle(bundle(tmp_path)) == []


def _change_content(files: dict[str, bytes]) -> None:
    files[f"{TOP}/4_Report/report.md"] = files[f"{TOP}/4_Report/report.md"].replace(b"likely", b"LIKELY")


def _remove(files: dict[str, bytes]) -> None:
    del files[f"{TOP}/4_Report/report.md"]


def _add(files: dict[str, bytes]) -> None:
    files["extra.txt"] = b"x"


def _escape(files: dict[str, bytes]) -> None:
    files["../evil"] = b"x"


def _no_manifest(files: dict[str, bytes]) -> None:
    del files[f"{TOP}/manifest.json"]


def _broken_manifest(files: dict[str, bytes]) -> None:
    files[f"{TOP}/manifest.json"] = b"{"


def _broken_sums(files: dict[str, bytes]) -> None:
    files[f"{TOP}/SHA256SUMS"] = b"what?\n"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_change_content, f"{TOP}/4_Report/report.md differs from what manifest.json says."),
        (_remove, f"{TOP}/4_Report/report.md is missing."),
        (_add, "extra.txt is not listed in manifest.json."),
        (_escape, "'../evil' is not a safe name."),
        (_no_manifest, "manifest.json is missing."),
        (_broken_manifest, "manifest.json or SHA256SUMS is not valid"),
        (_broken_sums, "manifest.json or SHA256SUMS is not valid"),
    ],
)
def test_each_damage_is_named(tmp_path: Path, change: Callable[[dict[str, bytes]], None], sentence: str) -> None:
    problems = verify_bundle(repacked(bundle(tmp_path), change))

    assert any(str(problem).startswith(sentence) for problem in problems), problems


def test_a_bundle_of_an_earlier_version_without_a_top_folder_is_as_sound(tmp_path: Path) -> None:
    def without_top(files: dict[str, bytes]) -> None:
        for name in list(files):
            files[name.removeprefix(f"{TOP}/")] = files.pop(name)

    def damaged(files: dict[str, bytes]) -> None:
        without_top(files)
        files["4_Report/report.md"] += b"x"

    path = bundle(tmp_path)
    assert verify_bundle(repacked(path, without_top)) == []
    assert [str(each).partition(" ")[0] for each in verify_bundle(repacked(path, damaged))] == ["4_Report/report.md"]


def test_bundles_unpacked_side_by_side_do_not_mix(tmp_path: Path) -> None:
    for task in ("abcdefgh2345", "bbbbbbbb2345"):
        path = bundle(tmp_path / task, replace(ORIGIN, task_id=task))
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "unpacked")
    assert {path.name for path in (tmp_path / "unpacked").iterdir()} == {"HD-1_abcdefgh2345", "HD-1_bbbbbbbb2345"}


@pytest.mark.parametrize("strain", ["../evil", "/etc", "C:\\x", "CON.x", "苏云金", "a b", "..", ".hidden", "nul"])
def test_a_hostile_strain_makes_no_hostile_folder(strain: str) -> None:
    for task in ("abcdefgh2345", ""):
        top = replace(ORIGIN, strain=strain, task_id=task).top
        assert is_safe_name(top), top
        assert not is_device(top), top
        assert not top.endswith("."), top


def test_a_cut_or_foreign_file_is_no_bundle(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    other = tmp_path / "other.zip"
    other.write_text("no zip")

    assert str(verify_bundle(path)[0]).startswith("The file cannot be read as a ZIP")
    assert str(verify_bundle(other)[0]).startswith("The file cannot be read as a ZIP")


def test_the_stages_make_a_bundle_of_a_task(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path / "results", 2)
    genome = tmp_path / "genome.fna"
    genome.write_bytes(b">a\nACGT\n")
    plots, out = tmp_path / "plots", tmp_path / "bundle"
    plots.mkdir()
    out.mkdir()
    done: list[float] = []
    context = StageContext(
        task_id="abcdefgh2345", strain="HD-1", display_name="HD 1.fna", genome=genome, out_dir=plots,
        work_dir=tmp_path, results={PipelineStage.DIGGER: digger, PipelineStage.SHOTER: shoter}, parameters={},
        threads=1, lang=Lang.ZH, submission_time="2026-03-01T10:00:00+00:00",
        report=lambda fraction, message="": done.append(fraction),
    )  # fmt: skip

    assert PLOTS_STAGE.check_prerequisites(context) == []
    pictures = PLOTS_STAGE.run(context)
    after = context._replace(out_dir=out, results={**context.results, PipelineStage.PLOTS: plots})
    assert BUNDLE_STAGE.check_prerequisites(context) == [Message("stage.no_results", stage=PipelineStage.PLOTS)]
    assert BUNDLE_STAGE.check_prerequisites(after) == []
    result = BUNDLE_STAGE.run(after)

    assert set(pictures.outputs) == {path.name for path in plots.iterdir()}
    assert result.outputs == ("report.html", "report.md", "report.en.html", "report.en.md", "bundle.zip")
    assert verify_bundle(out / "bundle.zip") == []
    assert done[-1] == 1.0
    assert all(0 <= fraction <= 1 for fraction in done)


def test_the_commands_draw_bundle_and_verify(tmp_path: Path) -> None:
    write_results(tmp_path, 2)
    runner, arguments = CliRunner(), [str(tmp_path), "--lang", "zh"]

    drawn = runner.invoke(commands.plots, arguments, catch_exceptions=False)
    bundled = runner.invoke(commands.bundle, [*arguments, "--date", "2026-03-01"], catch_exceptions=False)
    verified = runner.invoke(commands.verify_bundle, [bundled.output.strip()], catch_exceptions=False)
    Path(bundled.output.strip()).write_bytes(b"")
    broken = runner.invoke(commands.verify_bundle, [bundled.output.strip()])

    assert "8 pictures" in drawn.output
    assert verified.exit_code == 0, verified.output
    assert broken.exit_code == 1
    assert runner.invoke(commands.plots, [str(tmp_path / "digger")]).exit_code == 1


def test_flat_results_can_be_drawn_but_not_bundled(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path / "results", 1)
    for path in digger.iterdir():
        path.rename(shoter / path.name)
    runner = CliRunner()

    assert runner.invoke(commands.plots, [str(shoter)], catch_exceptions=False).exit_code == 0
    refused = runner.invoke(commands.bundle, [str(shoter)])
    assert refused.exit_code == 1
    assert "needs the subfolders digger and shoter" in refused.output
