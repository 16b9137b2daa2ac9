"""The fields shared by the submission form and the rerun form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.limits import LIMITS, Limit
from portal.domain.message import Message
from portal.domain.parameters import PARAMETERS
from portal.domain.status import Lang
from portal.domain.task import TaskMeta
from portal.web.texts.i18n import current_lang, gap, show_number
from portal.web.texts.i18n import gettext as _
from portal.web.texts.wording import wording
from portal.web.texts.words import LIMIT, LIMIT_OF_FAILURE, PARAMETER


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


@dataclass(frozen=True)
class LimitField:
    """One job limit as a field; numbers in the form that a number input accepts."""

    name: str
    label: str
    explanation: str
    lowest: str
    highest: str
    value: str


def limit_fields(
    limits: Iterable[Limit], task: TaskMeta, *, given: Mapping[str, str] | None = None
) -> list[LimitField]:
    """Return the limits that may be set for another run; a limit that the last run exceeded is proposed doubled."""
    fields = []
    for limit in limits:
        value = task.limits.get(limit.name, limit.usual)
        explanation = _("From %(lowest)s to %(highest)s.", lowest=_shown(limit.lowest), highest=_shown(limit.highest))
        came_up_against = task.failure_kind is not None and LIMIT_OF_FAILURE.get(task.failure_kind) == limit.name
        if came_up_against and limit.has_room(value):
            told = (
                _("The last run came up against this limit; more is proposed.")
                if value is None
                else _("The last run came up against its limit of %(limit)s; more is proposed.", limit=_shown(value))
            )
            explanation = told + gap() + explanation
            value = limit.doubled(value)
        shown = given.get(limit.name, "") if given is not None else "" if value is None else f"{value:g}"
        label = str(LIMIT[limit.name])
        fields.append(LimitField(limit.name, label, explanation, f"{limit.lowest:g}", f"{limit.highest:g}", shown))
    return fields


def _shown(value: float) -> str:
    return show_number(value, 0 if value == int(value) else 2)


def read_limits(form: Mapping[str, str]) -> dict[str, str]:
    """Return the limits from a submitted form; empty fields are ignored."""
    return {name: form[name] for name in LIMITS if form.get(name)}


def field_labels() -> dict[str, str]:
    """Return the names of fields for a list of problems."""
    labels = {parameter.name: str(PARAMETER[parameter.name].label) for parameter in PARAMETERS}
    labels |= {name: str(label) for name, label in LIMIT.items()}
    own = {
        "file": _("Genome files"),
        "label": _("Name of the submission"),
        "lang": _("Language of the report"),
        "notify_mail": _("Mail when it has ended"),
    }
    return labels | own


def shown_values(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the values to show: those given, and defaults for the rest."""
    given = given or {}
    return {parameter.name: given.get(parameter.name, parameter.default) for parameter in PARAMETERS}


def changed_values(sent: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a submitted form that differ from their defaults."""
    defaults = {parameter.name: str(parameter.default) for parameter in PARAMETERS}
    return {
        name: sent[name] for name, default in defaults.items() if name in sent and sent[name].lower() != default.lower()
    }


def read_fields(form: Mapping[str, str]) -> tuple[dict[str, str], Lang]:
    """Return the parameters and the report's language from a submitted form; the last value of a checkbox counts.

    A missing or unknown language defaults to that of the page.
    """
    values = {parameter.name: form[parameter.name] for parameter in PARAMETERS if form.get(parameter.name)}
    wanted = form.get("lang", "")
    return values, Lang(wanted) if wanted in list(Lang) else current_lang()


def told(errors: Mapping[str, Sequence[Message]]) -> dict[str, list[str]]:
    """Return problems by field in the language of the page."""
    return {name: [wording(text) for text in texts] for name, texts in errors.items()}
