"""Options and files that commands on a genome have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from portal.cli.refusal import said
from portal.domain.message import Message

if TYPE_CHECKING:
    from msgspec import Struct

_F = TypeVar("_F", bound=Callable[..., Any])
_D = TypeVar("_D", bound="Struct")


def kind_option(text: str) -> Callable[[_F], _F]:
    """Return the option `--kind`: what a file holds."""
    choice = click.Choice(["auto", "nucl", "orfs", "prot"])
    return click.option("--kind", default="auto", show_default=True, type=choice, help=text)


def references_option(text: str) -> Callable[[_F], _F]:
    """Return the option `--references`, whose value is called `root`."""
    return click.option(
        "--references",
        "root",
        envvar="REFERENCE_DIR",
        default="var/references",
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help=text,
    )


def read_result(path: Path, kind: type[_D]) -> _D:
    """Return a result document of an earlier run; raise click.ClickException if it cannot be read."""
    from portal.results.codec import DocumentError, from_json

    try:
        return from_json(path.read_bytes(), kind)
    except DocumentError as error:
        raise click.ClickException(said(Message("input.file", name=path.name, reason=error.message))) from error
