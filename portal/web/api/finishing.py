"""Final changes to the OpenAPI document that the library cannot make: named enums, operations without a token."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from portal.domain.parameters import PARAMETERS
from portal.domain.status import FailureKind, Lang, PipelineStage, TaskStatus
from portal.domain.submission import ItemStatus
from portal.results.names import COMPARE_FILES
from portal.results.toxin_table import FORMATS
from portal.web.api.documents import document_schemas
from portal.web.api.table_formats import MEDIA_TYPES

_METHODS = ("get", "put", "post", "delete")
_OF_TYPES: tuple[type[StrEnum], ...] = (TaskStatus, ItemStatus, PipelineStage, FailureKind, Lang)
_OTHERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "SequenceKind": (
        "What a file holds; auto looks at the letters.",
        next(tuple(item.choices) for item in PARAMETERS if item.name == "sequence_kind"),
    ),
    "StageState": ("State of a stage.", ("waiting", "running", "done", "failed", "reused")),
    "FinalStatus": ("How a task ended.", ("completed", "failed")),
    "PartState": ("State of a part of the portal.", ("ok", "degraded", "down", "off")),
    "HealthStatus": ("State of the portal.", ("healthy", "degraded", "unhealthy")),
    "TableFormat": ("Format of a table over many genomes.", tuple(MEDIA_TYPES)),
    "ToxinTableFormat": ("Format of the toxin table of a task.", tuple(FORMATS)),
    "ComparisonFile": ("A file of a comparison.", tuple(COMPARE_FILES)),
    "CancelReach": ("What waits, or all that has not ended.", ("waiting", "all")),
    "RetryReach": ("What failed, or all that has ended.", ("failed", "all")),
}


def finished(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document as it is served."""
    names = {values: name for name, (_, values) in _enums().items()}
    done: dict[str, Any] = {key: _schemas_of(value, names) for key, value in document.items()}
    schemas = done["components"]["schemas"]
    schemas |= _schemas_of(document_schemas(), names)
    schemas.pop("PaginationMetadata", None)  # from flask-smorest's paging, which is not used here
    used = set(_references(done))
    for name, (told, values) in _enums().items():
        if name in used:
            schemas[name] = {"type": "string", "enum": list(values), "description": told}
    for name in _answers(schemas, done["paths"]):
        # A client must ignore unknown fields: a newer portal may add some.
        schemas[name].pop("additionalProperties", None)
    for operation in operations(done):
        operation.setdefault("security", [])
    return done


def operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all operations."""
    for item in document["paths"].values():
        for method in _METHODS:
            if method in item:
                yield item[method]


def _enums() -> dict[str, tuple[str, tuple[str, ...]]]:
    of_types = {kind.__name__: (_told(kind), tuple(str(member) for member in kind)) for kind in _OF_TYPES}
    return {**of_types, **_OTHERS}


def _told(kind: type[StrEnum]) -> str:
    return inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]


def _schemas_of(value: Any, names: Mapping[tuple[str, ...], str]) -> Any:
    """Return a part of the document with references for named enums, and examples in the form of OpenAPI 3.1."""
    if isinstance(value, list):
        return [_schemas_of(item, names) for item in value]
    if not isinstance(value, Mapping):
        return value
    node = {key: item if key in ("example", "examples") else _schemas_of(item, names) for key, item in value.items()}
    if "example" in node and ("type" in node or "$ref" in node) and "in" not in node:
        node["examples"] = [node.pop("example")]
    values = node.get("enum")
    name = names.get(tuple(item for item in values if item is not None)) if isinstance(values, list) else None
    if name is None or "title" in node:  # those of the result documents are already components
        return node
    may_be_null = None in node.pop("enum")
    node.pop("type", None)
    reference = {"$ref": f"#/components/schemas/{name}"}
    return {**node, "anyOf": [reference, {"type": "null"}]} if may_be_null else {**node, **reference}


def _references(value: Any) -> Iterator[str]:
    """Yield the names of all schemas referenced by a part of the document."""
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _answers(schemas: Mapping[str, Any], paths: Mapping[str, Any]) -> set[str]:
    """Return the names of schemas used in responses but not in requests."""
    asked = _reached(schemas, [operation.get("requestBody", {}) for operation in operations({"paths": paths})])
    return set(schemas) - asked


def _reached(schemas: Mapping[str, Any], roots: Any) -> set[str]:
    found: set[str] = set()
    waiting = list(_references(roots))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(schemas.get(name, {}))
    return found
