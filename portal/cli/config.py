"""`btportal config`: the settings as the portal reads them, and variables that it does not read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import click

from portal.cli.env_file import read_variables
from portal.cli.refusal import described, said
from portal.config import Settings, read_settings, spellings
from portal.domain.errors import InvalidRequest
from portal.domain.message import Message

_SECRETS = frozenset({"PORTAL_SECRET", "ADMIN_SECRET", "METRICS_TOKEN", "OIDC_CLIENT_SECRET"})
_ADDRESSES = frozenset({"REDIS_URL", "SMTP_URL"})  # of servers, with a password in them or not
_HIDDEN = "(set)"
# As similar as TASK_TIMOUT and TASK_TIMEOUT; a less similar variable belongs to another program.
_ALIKE = 0.85

_file_option = click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the settings of this file instead of the environment.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _names() -> list[str]:
    return [spelling for item in fields(Settings) for spelling in spellings(item.name)]


def _problems(values: Mapping[str, str], *, all_ours: bool) -> Iterator[Message]:
    """Yield the problems; with `all_ours`, every variable should be a setting of the portal."""
    known = _names()
    for name in sorted(set(values) - set(known)):
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=_ALIKE)
        if near:
            yield Message("config.misspelt", name=name, near=near[0])
        elif all_ours:
            yield Message("config.unknown", name=name)
    try:
        read_settings(values)
    except InvalidRequest as error:
        for name, messages in error.errors.items():
            for message in messages:
                yield Message("config.wrong", name=name, reason=message)


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command()
@_file_option
@_json_option
def show(env_file: Path | None, as_json: bool) -> None:
    """Show every setting as read, and whether it was set; secrets are not shown."""
    values = read_variables(env_file)
    settings = read_settings(values)
    lines = []
    for item in fields(Settings):
        value = getattr(settings, item.name)
        is_set = any(name in values for name in spellings(item.name))
        text = "" if value is None else str(value)
        if text and (item.name in _SECRETS or (item.name in _ADDRESSES and "@" in text)):
            text = _HIDDEN
        lines.append({"name": item.name, "value": text, "set": is_set})
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    for line in () if as_json else lines:
        click.echo(f"{'*' if line['set'] else ' '} {line['name']}={line['value']}")


@config.command()
@_file_option
@_json_option
def check(env_file: Path | None, as_json: bool) -> None:
    """List variables that are invalid, unknown or misspelt; exit code 1 if there are any.

    In the environment, only variables that look like misspelt settings are listed, since most are not the portal's; in
    a file, all are.
    """
    found = list(_problems(read_variables(env_file), all_ours=env_file is not None))
    if as_json:
        click.echo(json.dumps([described(message) for message in found], ensure_ascii=False, indent=2))
    else:
        for message in found or [Message("config.sound")]:
            click.echo(said(message))
    if found:
        raise SystemExit(1)
