"""What the project says of itself in several places is the same in all of them."""

from __future__ import annotations

import configparser
import re
from importlib.metadata import distribution
from pathlib import Path

import click
import pytest

from portal.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[3]
# Names on conda-forge and bioconda that differ from those on PyPI.
CONDA_NAMES = {
    "parasail": "parasail-python",
    "redis": "redis-py",
    "matplotlib": "matplotlib-base",
    "prometheus-client": "prometheus_client",
}


def requirements() -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    lines = parser["options"]["install_requires"].split()
    return dict(re.findall(r"^([a-z0-9-]+)(.*)$", line)[0] for line in lines)


def test_environment_yml_has_the_dependencies_of_setup_cfg_and_the_real_tool() -> None:
    text = (ROOT / "environment.yml").read_text()
    listed = dict(re.findall(r"^  - ([a-z0-9_-]+) ?(>=\S+)?$", text, re.MULTILINE))
    expected = {CONDA_NAMES.get(name, name): version for name, version in requirements().items()}
    assert expected.items() <= listed.items()
    assert set(listed) - set(expected) == {"python", "pip", "bttoxin_digger", "conda-forge", "bioconda", "nodefaults"}


def test_every_dependency_has_its_reason_and_its_pin() -> None:
    reasons = (ROOT / "docs" / "develop" / "decisions.md").read_text()
    pins = (ROOT / "constraints.txt").read_text()
    for name in requirements():
        assert re.search(rf"^\|[^|]*\b{name}\b[^|]*\|", reasons, re.MULTILINE), name
        assert re.search(rf"^{name}==", pins, re.MULTILINE | re.IGNORECASE), name


def test_what_is_installed_is_locked_with_hashes_at_the_pinned_versions() -> None:
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text().lower(), re.MULTILINE))
    pinned = {name.replace("_", "-"): version for name, version in pins.items()}
    for name in ("portal", "test", "bench", "release"):
        text = (ROOT / "locked" / f"{name}.txt").read_text().lower()
        entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
        locked = dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))
        assert len(entries) == len(locked) > 10
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
        assert {package: version for package, version in locked.items() if pinned[package] != version} == {}
    assert set(requirements()) <= {*re.findall(r"^([\w.-]+)==", (ROOT / "locked/portal.txt").read_text(), re.MULTILINE)}


@pytest.mark.parametrize(("extras", "name"), [(("test",), "test"), (("test", "bench"), "bench")])
def test_the_extras_are_locked_too(extras: tuple[str, ...], name: str) -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    wanted = {
        re.split(r"[\[>=<]", line)[0] for extra in extras for line in parser["options.extras_require"][extra].split()
    }
    text = (ROOT / "locked" / f"{name}.txt").read_text().lower()
    assert wanted - set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE)) == set()


def test_the_installed_command_is_the_documented_one() -> None:
    [script] = [point for point in distribution("bttoxin-portal").entry_points if point.group == "console_scripts"]
    assert (script.name, script.value) == ("btportal", "portal.cli.main:main")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_exists_has_help_and_is_documented(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    assert f"`btportal {name}" in (ROOT / "docs" / "use" / "commands.md").read_text()


def commands_with_options() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", item) for sub, item in command.commands.items()]
        else:
            found.append((name, command))
    return found


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{name} {parameter.name}"
        for name, command in commands_with_options()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert silent == []


def test_no_file_names_the_machine_that_it_was_written_on() -> None:
    """Absolute home folders and package hosts have no place in a project that others install."""
    suspicious = re.compile(r"/root/|files\.pythonhosted|deb\.debian\.org|registry\.npmjs")
    kept = {".py", ".md", ".cfg", ".toml", ".yml", ".html", ".js", ".css", ".txt", ".tsv", ".json", ".po"}
    listed = [
        path
        for folder in ("portal", "slurm", "templates", "tests", "docs", "bench")
        for path in (ROOT / folder).rglob("*")
    ]
    found = [
        str(path.relative_to(ROOT))
        for path in listed
        if path.suffix in kept
        and "vendor" not in path.parts
        and path != Path(__file__)
        and suspicious.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
