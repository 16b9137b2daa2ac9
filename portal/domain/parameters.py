"""The parameters that a user may choose for a task; one table for the API, the pages and the command line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.message import Message
from portal.domain.plain_number import plain_number


@dataclass(frozen=True)
class Parameter:
    """One parameter: its kind (`fraction` 0-1, `flag` or `choice`), default and description."""

    name: str
    kind: str
    default: float | bool | str
    description: str
    choices: tuple[str, ...] = ()


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("min_identity", "fraction", 0.8, "Hits below this identity (0-1) to the reference are not scored."),
    Parameter("min_coverage", "fraction", 0.0, "Hits that cover less (0-1) of the reference are not scored."),
    Parameter("allow_unknown_families", "flag", True, "Keep hits of families that the table lacks, as unknown."),
    Parameter("require_index_hit", "flag", False, "Keep only hits whose name, subfamily or family the table holds."),
    Parameter("sequence_kind", "choice", "auto", "What the file holds: genome (nucl), proteins, coding sequences.",
              ("auto", "nucl", "prot", "orfs")),
)  # fmt: skip

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise InvalidValue(Message("value.flag"))
    return text in _TRUE


def _fraction(value: Any) -> float:
    try:
        number = plain_number(value)
    except ValueError:
        raise InvalidValue(Message("value.range", lowest=0, highest=1)) from None
    if not (math.isfinite(number) and 0.0 <= number <= 1.0):
        raise InvalidValue(Message("value.range", lowest=0, highest=1))
    return number


def _choice(value: Any, parameter: Parameter) -> str:
    if value not in parameter.choices:
        raise InvalidValue(Message("value.choice", choices=parameter.choices))
    return str(value)


def read_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters, with defaults for those not given.

    Raises:
        InvalidRequest: naming every parameter that is unknown or out of range.
    """
    errors: dict[str, list[Message]] = {}
    chosen: dict[str, Any] = {}
    known = {parameter.name for parameter in PARAMETERS}
    for name in given:
        if name not in known:
            errors[str(name)] = [Message("value.unknown_parameter")]
    for parameter in PARAMETERS:
        value = given.get(parameter.name, parameter.default)
        try:
            if parameter.kind == "flag":
                chosen[parameter.name] = _flag(value)
            elif parameter.kind == "fraction":
                chosen[parameter.name] = _fraction(value)
            else:
                chosen[parameter.name] = _choice(value, parameter)
        except InvalidValue as error:
            errors[parameter.name] = [error.message]
    if errors:
        raise InvalidRequest(Message("request.parameters"), errors=errors)
    return chosen
