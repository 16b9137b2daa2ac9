"""The README of a bundle: what each of its files is, in one language, made from the tables of names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.domain.message import Message
from portal.domain.status import Lang, PipelineStage
from portal.pipeline.bundle.origin import Origin
from portal.pipeline.report.languages import PROSE
from portal.results.file_words import COMPARE_PICTURES, FOLDER_WORDS, file_words, reading_place, readme_words
from portal.results.markdown import as_code
from portal.results.names import (
    CHECKSUMS,
    COMPARISON_FOLDER,
    CRATE_JSON,
    FOLDERS,
    MANIFEST_JSON,
    READMES,
    plot_table,
    report_names,
)

_REPORT_FOLDER = FOLDERS[PipelineStage.BUNDLE]
_PICTURE_ENDINGS = (".png", ".svg", plot_table(""))
_BETWEEN: Mapping[Lang, str] = {Lang.EN: ", ", Lang.ZH: "、"}


def readme(lang: Lang, paths: Sequence[str], origin: Origin, versions: Mapping[str, Any]) -> str:
    """Return the README in a language, as Markdown that can be read as plain text.

    Args:
        lang: the language of the reader.
        paths: the files of the bundle, with their folders.
        origin: the task.
        versions: of what made the files, as in the manifest.
    """
    return "\n".join([*_head(lang, paths, origin, versions), *_folders(lang, paths, origin), *_top(lang)]) + "\n"


def _head(lang: Lang, paths: Sequence[str], origin: Origin, versions: Mapping[str, Any]) -> Iterator[str]:
    compared = any(path.startswith(f"{COMPARISON_FOLDER}/") for path in paths)
    title = Message("readme.comparison") if compared else Message("readme.strain", strain=as_code(origin.strain))
    yield f"# {title.word(lang)}\n"
    for other, name in READMES.items():
        if other is not lang:
            yield f"{Message('readme.other', name=name).word(other)}\n"
    report = f"{_REPORT_FOLDER}/{report_names(lang, origin.lang)[0]}"
    if report in paths:
        yield f"**{Message('readme.begin', name=as_code(report)).word(lang)}**\n"
    for fact in _facts(compared, origin, versions):
        yield f"- {fact.word(lang)}"
    yield f"\n{Message('readme.scores').word(lang)}\n"
    yield Message("readme.tables").word(lang)
    if any(path.endswith(".png") for path in paths) and lang is not origin.lang:
        yield f"\n{Message(f'content.labels.{origin.lang}').word(lang)}"


def _facts(compared: bool, origin: Origin, versions: Mapping[str, Any]) -> Iterator[Message]:
    if origin.genome:
        yield Message("readme.genome", name=as_code(origin.genome.name), size=origin.genome.size)
    if origin.task_id and not compared:
        yield Message("readme.task", task=origin.task_id)
    yield Message("readme.submitted", time=origin.moment.strftime("%Y-%m-%d %H:%M"))
    yield from _made_by(versions)


def _made_by(versions: Mapping[str, Any]) -> Iterator[Message]:
    """Yield what each program and data set did for the results."""
    if name := _versioned(versions.get("portal")):
        yield Message("readme.made_by_portal", name=name)
    if name := _versioned(versions.get("engine")):
        yield Message("readme.made_by_engine", name=name)
    if name := _versioned(versions.get("reference")):
        yield Message("readme.made_by_reference", name=name)
    if name := _versioned(versions.get("specificity")):
        yield Message("readme.made_by_specificity", name=name)


def _versioned(part: Mapping[str, Any] | None) -> str:
    return f"{part['name']} {part.get('version') or ''}".strip() if part and part.get("name") else ""


def _folders(lang: Lang, paths: Sequence[str], origin: Origin) -> Iterator[str]:
    for folder in sorted({path.partition("/")[0] for path in paths}):
        about = FOLDER_WORDS[folder].word(lang)
        yield f"\n## {Message('readme.folder', name=folder, about=about).word(lang)}\n"
        names = (path.partition("/")[2] for path in paths if path.startswith(f"{folder}/"))
        lines: dict[str, list[str]] = {}
        for name in sorted(names, key=reading_place):
            stem, ending = _as_picture(name)
            lines.setdefault(stem, []).append(ending)
        for stem, endings in lines.items():
            yield _line(stem, endings, lang, origin)


def _as_picture(name: str) -> tuple[str, str]:
    """Split the name of a picture, or of the table behind it, before its ending; other names stay whole."""
    ending = next((each for each in _PICTURE_ENDINGS if name.endswith(each)), "")
    return name.removesuffix(ending), ending


def _line(stem: str, endings: Sequence[str], lang: Lang, origin: Origin) -> str:
    first, *others = sorted(endings, key=("", *_PICTURE_ENDINGS).index)
    name = _BETWEEN[lang].join((as_code(f"{stem}{first}"), *map(as_code, others)))
    words = (_caption(stem, lang) if first else None) or _words(f"{stem}{first}", lang, origin)
    return f"- {Message('readme.folder', name=name, about=words).word(lang)}" if words else f"- {name}"


def _caption(stem: str, lang: Lang) -> str | None:
    captions = {**PROSE[lang].pictures, **{start: each.word(lang) for start, each in COMPARE_PICTURES.items()}}
    fitting = [start for start in captions if stem == start or stem.startswith(f"{start}_")]
    return captions[max(fitting, key=len)] if fitting else None


def _words(name: str, lang: Lang, origin: Origin) -> str | None:
    found = file_words(name, origin.lang)
    return found.word(lang) if found else None


def _top(lang: Lang) -> Iterator[str]:
    yield f"\n## {Message('readme.this_folder').word(lang)}\n"
    about = {name: readme_words(other, lang) for other, name in READMES.items()}
    about |= {name: words for name in (MANIFEST_JSON, CRATE_JSON, CHECKSUMS) if (words := file_words(name, lang))}
    for name, message in about.items():
        yield f"- {Message('readme.folder', name=as_code(name), about=message).word(lang)}"
