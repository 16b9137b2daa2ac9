"""Errors of the command line, in the user's language."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from portal.domain.errors import PortalError
from portal.domain.message import Message
from portal.domain.status import Lang


def language(environ: Mapping[str, str] | None = None) -> Lang:
    """Return the language of messages as POSIX chooses it: LC_ALL, then LC_MESSAGES, then LANG; else English."""
    values = os.environ if environ is None else environ
    locale = next((values[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if values.get(name)), "")
    return Lang.ZH if locale.lower().startswith("zh") else Lang.EN


def said(message: Message) -> str:
    """Return a message in the user's language."""
    return message.word(language())


def described(message: Message) -> dict[str, Any]:
    """Return a message for programs: code, values and sentence."""
    return {**message.to_json(), "message": said(message)}


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Report the portal's own errors in one line with exit code 1."""
    try:
        yield
    except PortalError as error:
        raise click.ClickException(said(error.message)) from error
