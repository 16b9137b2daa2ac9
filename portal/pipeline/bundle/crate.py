"""RO-Crate metadata, from which data portals can read the contents of a bundle.

Follows RO-Crate 1.2 (https://w3id.org/ro/crate/1.2): a descriptor, the root data set, its files, the software
that made them as a CreateAction, and the genome by name and hash (it is not part of the bundle).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from portal.pipeline.bundle.entry import BundleEntry
from portal.pipeline.bundle.origin import Origin
from portal.results.file_words import FOLDER_WORDS
from portal.results.names import CRATE_JSON, MANIFEST_JSON, READMES, languages

CONTEXT = "https://w3id.org/ro/crate/1.2/context"
PROFILE = "https://w3id.org/ro/crate/1.2"
_PORTAL = "#bttoxin-portal"
_GENOME = "#genome"
_RUN = "#run"
_LICENCE = "#no-licence"


def crate_metadata(entries: Sequence[BundleEntry], origin: Origin, versions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON-LD document."""
    folders = sorted({entry.path.partition("/")[0] for entry in entries if "/" in entry.path})
    graph: list[dict[str, Any]] = [
        {
            "@id": CRATE_JSON,
            "@type": "CreativeWork",
            "conformsTo": {"@id": PROFILE},
            "about": {"@id": "./"},
        },
        _root(folders, origin),
        _licence(),
        *(_folder(folder, entries) for folder in folders),
        *(_file(entry) for entry in entries),
        _software(versions),
        _action(folders, origin),
    ]
    if origin.genome:
        graph.append(_genome(origin))
    return {"@context": CONTEXT, "@graph": graph}


def _root(folders: Sequence[str], origin: Origin) -> dict[str, Any]:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Bacillus thuringiensis toxins and likely targets of {origin.strain}",
        "description": "Toxin genes of one genome, likely target insect orders and species with their evidence "
        "(scores are ranks, not probabilities), pictures and a report.",
        "datePublished": origin.moment.date().isoformat(),
        "license": {"@id": _LICENCE},
        "identifier": origin.task_id,
        "inLanguage": [lang.value for lang in languages(origin.lang)],
        "hasPart": [{"@id": f"{folder}/"} for folder in folders]
        + [{"@id": name} for name in (*READMES.values(), MANIFEST_JSON)],
        "mentions": {"@id": _RUN},
    }


def _licence() -> dict[str, Any]:
    return {
        "@id": _LICENCE,
        "@type": "CreativeWork",
        "name": "No licence is stated",
        "description": "The results belong to whoever submitted the genome.",
    }


def _folder(folder: str, entries: Sequence[BundleEntry]) -> dict[str, Any]:
    parts = [{"@id": quote(entry.path)} for entry in entries if entry.path.startswith(f"{folder}/")]
    about = str(FOLDER_WORDS.get(folder, folder))
    return {"@id": f"{folder}/", "@type": "Dataset", "name": folder, "description": about, "hasPart": parts}


def _file(entry: BundleEntry) -> dict[str, Any]:
    return {
        "@id": quote(entry.path),
        "@type": "File",
        "name": entry.path.rpartition("/")[2],
        "contentSize": str(entry.size),
        "encodingFormat": entry.media_type,
        "sha256": entry.sha256,
    }


def _software(versions: Mapping[str, Any]) -> dict[str, Any]:
    portal = versions.get("portal") or {}
    return {
        "@id": _PORTAL,
        "@type": "SoftwareApplication",
        "name": portal.get("name", "bttoxin-portal"),
        "version": portal.get("version", ""),
        # The format requires an address. The portal has no public one; the manifest describes the software that ran.
        "url": {"@id": MANIFEST_JSON},
    }


def _action(folders: Sequence[str], origin: Origin) -> dict[str, Any]:
    action: dict[str, Any] = {
        "@id": _RUN,
        "@type": "CreateAction",
        "name": "Toxin mining and target prediction",
        "startTime": origin.moment.isoformat(),
        "instrument": {"@id": _PORTAL},
        "result": [{"@id": f"{folder}/"} for folder in folders],
    }
    if origin.genome:
        action["object"] = {"@id": _GENOME}
    return action


def _genome(origin: Origin) -> dict[str, Any]:
    assert origin.genome is not None
    return {
        "@id": _GENOME,
        "@type": "CreativeWork",
        "name": origin.genome.name,
        "contentSize": str(origin.genome.size),
        "sha256": origin.genome.sha256,
        "description": "The genome as submitted; it is not part of this crate.",
    }
