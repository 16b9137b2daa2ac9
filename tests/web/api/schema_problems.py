"""Answers held against the schemas of the OpenAPI document."""

from __future__ import annotations

from typing import Any

from jsonschema_rs import Draft202012Validator


def problems(spec: dict[str, Any], name: str, value: Any) -> list[str]:
    """Return what a value has that its schema does not allow, fields without a name among it."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": strict(spec["components"])}
    return [str(error) for error in Draft202012Validator(schema).iter_errors(value)]


def strict(value: Any) -> Any:
    """Forbid fields that no schema names."""
    if isinstance(value, list):
        return [strict(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {name: strict(item) for name, item in value.items()}
    if isinstance(value.get("properties"), dict) and value.get("type") == "object":
        plain.setdefault("additionalProperties", False)
    return plain
