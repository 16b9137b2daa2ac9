"""Releases beside each other, and steps between the formats of a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.main import cli
from portal.domain.errors import Conflict, NewerFormat, NotReady
from portal.files import site as site_module
from portal.files.document import read_document
from portal.files.lease import PollerLease
from portal.files.site import FOLDER_FORMAT, Installation
from portal.files.taskdir import PortalDir
from portal.upkeep import about
from portal.upkeep.releases import Release, Releases
from portal.upkeep.steps import STEPS, FormatStep, steps_between, walk


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    made = Releases(tmp_path / "bttoxin")
    for name in ("one", "two", "three"):
        folder = made.prefix / "releases" / name
        folder.mkdir(parents=True)
        (folder / "release.complete").touch()
    return made


def one(releases: Releases, name: str) -> Release:
    return next(release for release in releases if release.name == name)


def test_the_current_release_becomes_the_previous_one(releases: Releases) -> None:
    assert (releases.current, releases.previous) == (None, None)
    for name in ("one", "two", "three", "three"):
        releases.use(one(releases, name))
    assert (releases.current, releases.previous) == (one(releases, "three"), one(releases, "two"))
    # Relative: the folder may be mounted elsewhere on other hosts.
    assert (releases.prefix / "current").readlink() == Path("releases/three")
    releases.use(one(releases, "two"))
    assert (releases.current, releases.previous) == (one(releases, "two"), one(releases, "three"))


def test_what_is_in_use_is_not_removed(releases: Releases) -> None:
    releases.use(one(releases, "one"))
    releases.use(one(releases, "two"))
    for release in list(releases):
        releases.remove(release)
    assert [release.name for release in releases] == ["one", "two"]


def test_one_made_by_hand_is_kept_when_it_is_no_longer_in_use(
    releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    by_hand, interrupted = (releases.prefix / "releases" / name for name in ("first", "half"))
    for folder in (by_hand, interrupted):
        folder.mkdir()
        (folder / "pyvenv.cfg").touch()
    (releases.prefix / "current").symlink_to("releases/first")
    for name in ("one", "two"):
        releases.use(one(releases, name))
    with pytest.raises(Conflict):
        releases.install(str(tmp_path / "no_wheel-1-py3-none-any.whl"), datetime.now(UTC))
    assert (by_hand.is_dir(), interrupted.exists()) == (True, False)


def test_a_link_that_leads_elsewhere_is_no_release(releases: Releases, tmp_path: Path) -> None:
    for target in ("/usr", "../elsewhere", "releases/gone", "releases"):
        (releases.prefix / "current").unlink(missing_ok=True)
        (releases.prefix / "current").symlink_to(target)
        assert releases.current is None, target


def test_what_pip_cannot_install_leaves_nothing(
    releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wrong = tmp_path / "bttoxin_portal-9-py3-none-any.whl"
    wrong.write_bytes(b"no wheel")
    jobs = tmp_path / "jobs"
    asked = ["upgrade", "--run", str(wrong), "--prefix", str(releases.prefix), "--jobs-dir", str(jobs)]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 1
    assert "cannot be installed" in done.output
    assert sorted(path.name for path in (releases.prefix / "releases").iterdir()) == ["one", "three", "two"]
    assert releases.current is None
    assert not jobs.exists()


def test_without_a_previous_release_there_is_no_way_back(releases: Releases, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["upgrade", "--back", "--prefix", str(releases.prefix), "--jobs-dir", str(tmp_path)])
    assert (done.exit_code, "no previous release" in done.output) == (1, True), done.output


def test_this_release_tells_about_itself() -> None:
    done = subprocess.run([sys.executable, "-m", about.__name__], capture_output=True, text=True, check=True)
    facts = json.loads(done.stdout)
    assert (facts["folder_format"], facts["missing"]) == (FOLDER_FORMAT, [])


def test_every_format_from_the_oldest_on_has_its_step() -> None:
    assert [step.number for step in STEPS] == list(range(site_module.OLDEST_FORMAT + 1, FOLDER_FORMAT + 1))


class Rewrites:
    """A step that renames a file, and may be interrupted."""

    def __init__(self, number: int, *, way_back: bool = True) -> None:
        self.interrupted = False
        self.done: list[str] = []
        self._number = number
        self.step = FormatStep(number, self._forward, self._back if way_back else None)

    def _forward(self, portal: PortalDir) -> None:
        self.done.append("forward")
        if self.interrupted:
            raise OSError("the disk is away")
        (portal.own / "table").write_text(str(self._number))

    def _back(self, portal: PortalDir) -> None:
        self.done.append("back")
        (portal.own / "table").write_text(str(self._number - 1))


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    made = PortalDir(tmp_path / "jobs")
    made.prepare()
    Installation.read(made)
    return made


def format_of(portal: PortalDir) -> int:
    return read_document(portal.site, Installation).folder_format


def test_steps_go_forward_and_back_and_the_folder_says_where_it_is(portal: PortalDir) -> None:
    two, three = Rewrites(2), Rewrites(3)
    steps = (two.step, three.step)
    site = Installation.read(portal)
    assert walk(portal, 3, steps) == 2
    assert (format_of(portal), (portal.own / "table").read_text()) == (3, "3")
    with pytest.raises(NewerFormat):
        Installation.read(portal)  # this version knows format 1
    assert walk(portal, 1, steps) == 2
    assert ((portal.own / "table").read_text(), Installation.read(portal)) == ("1", site)
    assert walk(portal, 1, steps) == 0
    assert (two.done, three.done) == (["forward", "back"], ["forward", "back"])


@pytest.mark.parametrize("then", [3, 2, 1])
def test_an_interrupted_step_is_done_again_or_undone(portal: PortalDir, then: int) -> None:
    two, three = Rewrites(2), Rewrites(3)
    three.interrupted = True
    with pytest.raises(OSError, match="away"):
        walk(portal, 3, (two.step, three.step))
    with pytest.raises((NewerFormat, NotReady)):
        Installation.read(portal)  # nobody reads half of it
    three.interrupted = False
    walk(portal, then, (two.step, three.step))
    assert (format_of(portal), (portal.own / "table").read_text()) == (then, str(then))
    assert read_document(portal.site, Installation).unfinished is None


def test_nothing_starts_over_half_a_conversion(portal: PortalDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "FOLDER_FORMAT", 2)
    two = Rewrites(2)
    two.interrupted = True
    with pytest.raises(OSError, match="away"):
        walk(portal, 2, (two.step,))
    with pytest.raises(NotReady, match="was interrupted"):
        Installation.read(portal)


def test_without_a_way_back_nothing_is_begun(portal: PortalDir) -> None:
    two, three = Rewrites(2, way_back=False), Rewrites(3)
    walk(portal, 3, (two.step, three.step))
    with pytest.raises(Conflict, match="no way back"):
        walk(portal, 1, (two.step, three.step))
    assert (format_of(portal), three.done) == (3, ["forward"])


def test_no_step_while_a_poller_is_at_work(portal: PortalDir) -> None:
    lease = PollerLease(portal)
    assert lease.acquire()
    two = Rewrites(2)
    with pytest.raises(Conflict, match="stop it first"):
        walk(portal, 2, (two.step,))
    lease.release()
    assert (format_of(portal), two.done) == (1, [])


def test_steps_are_ordered_by_the_way() -> None:
    steps = tuple(Rewrites(number).step for number in (4, 2, 3))
    assert [step.number for step in steps_between(1, 4, steps)] == [2, 3, 4]
    assert [step.number for step in steps_between(3, 1, steps)] == [3, 2]
    assert steps_between(2, 2, steps) == []


def test_a_folder_that_needs_steps_starts_nothing(portal: PortalDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "OLDEST_FORMAT", 2)
    with pytest.raises(NotReady, match="works with 2 and later"):
        Installation.read(portal)
