"""Convert user arguments to the values that operations use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bttoxin.errors import JournalError
from bttoxin.journal import Journal
from bttoxin.link import Link
from bttoxin.operations import Operations
from bttoxin.patience import Patience
from bttoxin.progress import Progress


def make_link(url: str, api_key: str | None, outage_s: float, lang: str = "en") -> Link:
    """Return how to connect to a portal.

    Raises:
        ValueError: the address is not http or https, or contains a password.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the address of a portal looks like https://bt.institute.example")
    if parts.username or parts.password:
        raise ValueError("an address holds no password; use api_key=...")
    clean = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    headers = {"Accept-Language": str(lang), **({"X-Api-Key": api_key} if api_key else {})}
    return Link(clean, headers, Patience(outage_s=outage_s))


def submit_options(
    label: str | None, lang: str, parameters: Mapping[str, Any], notify: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the options of a submission, without its genomes.

    Raises:
        ValueError: `notify` names something else than `mail` and `webhook`.
    """
    if wrong := sorted(set(notify or {}) - {"mail", "webhook"}):
        raise ValueError(f"notify takes mail and webhook, not {', '.join(wrong)}")
    asked = {channel: address for channel, address in (notify or {}).items() if address}
    named = {"label": label} if label else {}
    return {**named, "lang": lang, "parameters": dict(parameters), **({"notify": asked} if asked else {})}


def open_run(link: Link, folder: str | Path, progress: Progress, *, must_exist: bool = False) -> Operations:
    """Return the operations for the run in a folder.

    Raises:
        JournalError: a required journal is missing, or belongs to another portal.
    """
    journal = Journal(Path(folder).expanduser())
    if must_exist and not journal.path.exists():
        raise JournalError(f"there is no run in {journal.folder}")
    return Operations(link, journal, progress, journal.begin(link.url))
