"""The fields that the submission form and the form to run again share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.parameters import PARAMETERS
from portal.domain.status import Lang
from portal.web.i18n import current_lang
from portal.web.i18n import gettext as _
from portal.web.pages_messages import translate
from portal.web.pages_words import PARAMETER


@dataclass(frozen=True)
class FormField:
    """One parameter as a field."""

    name: str
    kind: str
    label: str
    explanation: str
    choices: tuple[tuple[str, str], ...]


def parameter_fields() -> list[FormField]:
    """Return the fields of all parameters in the language of the page."""
    fields = []
    for parameter in PARAMETERS:
        words = PARAMETER[parameter.name]
        named = dict(words.choices)
        choices = tuple((choice, str(named.get(choice, choice))) for choice in parameter.choices)
        fields.append(FormField(parameter.name, parameter.kind, str(words.label), str(words.explanation), choices))
    return fields


def field_labels() -> dict[str, str]:
    """Return what fields are called in a list of problems."""
    labels = {parameter.name: str(PARAMETER[parameter.name].label) for parameter in PARAMETERS}
    return labels | {"file": _("Genome files"), "lang": _("Language of the report")}


def shown_values(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what the fields show: what was given, the defaults for the rest."""
    given = given or {}
    return {parameter.name: given.get(parameter.name, parameter.default) for parameter in PARAMETERS}


def read_fields(form: Mapping[str, str]) -> tuple[dict[str, str], Lang]:
    """Return the parameters and the report's language from a sent form; a checkbox counts when it comes last.

    Not given or unknown: the language of the page.
    """
    values = {parameter.name: form[parameter.name] for parameter in PARAMETERS if form.get(parameter.name)}
    wanted = form.get("lang", "")
    return values, Lang(wanted) if wanted in list(Lang) else current_lang()


def told(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return problems by field in the language of the page."""
    return {name: [translate(text) for text in texts] for name, texts in errors.items()}
