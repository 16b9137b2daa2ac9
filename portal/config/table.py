"""The table of all settings in docs/operate/configuration.md, generated from the fields; a test compares them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from portal.config.settings import Settings
from portal.domain.setting import Setting


def settings_table() -> str:
    """Return the Markdown table of all settings."""
    rows = (
        f"| `{item.name}` | {_default_text(item.default)} | {Setting.of(item).meaning} |\n" for item in fields(Settings)
    )
    return "| variable | default | meaning |\n|---|---|---|\n" + "".join(rows)


def _default_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
