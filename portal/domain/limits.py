"""How long and how large the jobs of one task may grow: the portal's own limits, and what a user may ask for beyond."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.message import Message

LIMITS = ("time_limit_hours", "memory_gb")

# The least that a number field of a page or a request may name where the portal leaves memory to the site.
_LEAST_GB = 0.5
# Fields and sentences show six digits; who sends an end of the range back as it was shown gets that end.
_AS_SHOWN = 1e-5


@dataclass(frozen=True)
class Limit:
    """One limit: what tasks get without asking (None: the site's default), and the range that can be asked for."""

    name: str
    usual: float | None
    lowest: float
    highest: float

    def has_room(self, value: float | None) -> bool:
        """Tell whether more can be asked for than this (None: the site's default)."""
        return self.highest > (value or self.lowest)

    def read(self, value: Any) -> float:
        """Return a value that was asked for; raise InvalidValue where it is out of the range."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        for end in (self.lowest, self.highest):
            if math.isclose(number, end, rel_tol=_AS_SHOWN):
                return end
        if not self.lowest <= number <= self.highest:
            raise InvalidValue(Message("value.range", lowest=self.lowest, highest=self.highest))
        return number

    def doubled(self, value: float | None) -> float:
        """Return twice a value, within the range: what to try after a job came up against this limit."""
        return max(self.lowest, min(self.highest, 2 * (value or self.lowest)))


@dataclass(frozen=True)
class LimitRanges:
    """`time_limit_hours` bounds the running time of the whole task, `memory_gb` the memory of each of its jobs."""

    time_limit_hours: Limit
    memory_gb: Limit

    @classmethod
    def of(cls, *, timeout_s: int, memory_gb: float | None, most_hours: float, most_gb: float) -> LimitRanges:
        """Return the ranges: nobody asks for less than the portal gives, nor for more than the operator allows."""
        hours = timeout_s / 3600
        least_gb = memory_gb or _LEAST_GB
        return cls(
            Limit("time_limit_hours", hours, hours, max(hours, most_hours)),
            Limit("memory_gb", memory_gb, least_gb, max(least_gb, most_gb)),
        )

    def __iter__(self) -> Iterator[Limit]:
        return iter((self.time_limit_hours, self.memory_gb))

    def within(self, limits: Mapping[str, float]) -> dict[str, float]:
        """Return limits that were granted before, cut to what may be asked for today."""
        return {
            limit.name: max(limit.lowest, min(limit.highest, limits[limit.name]))
            for limit in self
            if limit.name in limits
        }

    def read(self, given: Mapping[str, Any]) -> dict[str, float]:
        """Return the limits that were asked for and differ from the usual ones.

        Raises:
            InvalidRequest: naming each that is out of its range.
        """
        errors: dict[str, list[Message]] = {}
        chosen: dict[str, float] = {}
        for limit in self:
            if given.get(limit.name) is None:
                continue
            try:
                value = limit.read(given[limit.name])
            except InvalidValue as error:
                errors[limit.name] = [error.message]
                continue
            if value != limit.usual:
                chosen[limit.name] = value
        if errors:
            raise InvalidRequest(Message("request.limits"), errors=errors)
        return chosen
