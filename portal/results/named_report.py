"""A finished report, README, manifest or crate under the name that its strain has today.

A run writes them when it ends, under the name of the file. Whoever names the strain later gets the same texts with the
name as their title; everything else in them, also what the tables and pictures call the strain, stays as the run wrote
it. What has another form (of an earlier version) is returned as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import escape

from portal.domain.invisible import without_unseen
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.results.markdown import as_code, harmless

# As templates/report and `portal.pipeline.bundle` write them; tests name reports and bundles that these have made.
_HEADING = re.compile(r"<h1><bdi>(.*?)</bdi>", re.DOTALL)
_TITLE = "<title>{} – "
_MARKDOWN_HEADING = re.compile(r"^# (.+?)(: |：)(?=[^:：\n]*$)", re.MULTILINE)
_FIRST_LINE = re.compile(r"\A# [^\n]*\n")


def name_places(text: str) -> list[tuple[int, int]]:
    """Return from and to which character a report (HTML) says what its strain is called: in its title and heading."""
    heading = _HEADING.search(text)
    if heading is None:
        return []
    title = text.find(_TITLE.format(heading[1]), 0, heading.start())
    start = title + _TITLE.index("{")
    return [*([] if title < 0 else [(start, start + len(heading[1]))]), heading.span(1)]


def name_in_html(name: str) -> str:
    """Return a name as it stands in these places."""
    return str(escape(without_unseen(name)))


def named_html(text: str, name: str) -> str:
    """Return a report (HTML) with this name in its title and its heading."""
    for start, stop in reversed(name_places(text)):
        text = text[:start] + name_in_html(name) + text[stop:]
    return text


def named_markdown(text: str, name: str) -> str:
    """Return a report (Markdown) with this name in its heading."""
    heading = _MARKDOWN_HEADING.search(text)
    return text if heading is None else text[: heading.start(1)] + str(harmless(name)) + text[heading.end(1) :]


def named_readme(text: str, name: str, strain: str, lang: Lang) -> str:
    """Return a README with this name in its first line, and below it what the files call the strain."""
    title = Message("readme.strain", strain=as_code(name)).word(lang)
    note = Message("readme.named", strain=as_code(strain)).word(lang)
    return _FIRST_LINE.sub(lambda _: f"# {title}\n\n{note}\n", text, count=1)


def named_manifest(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a manifest that also has the name; `strain` stays, which the tables have."""
    named: dict[str, Any] = {}
    for key, value in manifest.items():
        named[key] = value
        if key == "strain":
            named["name"] = name
    return named


def named_crate(crate: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the metadata of a crate whose data set is called by the name, and by the strain of its tables too."""
    return {**crate, "@graph": [_named_root(entry, name) for entry in crate["@graph"]]}


def _named_root(entry: dict[str, Any], name: str) -> dict[str, Any]:
    if entry.get("@id") != "./" or " of " not in entry.get("name", ""):
        return entry
    about, _, strain = entry["name"].rpartition(" of ")
    return {**entry, "name": f"{about} of {name}", "alternateName": strain}
