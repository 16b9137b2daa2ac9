"""Time and memory limits of a task's jobs: the portal's defaults, and the range that a user may request."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.message import Message
from portal.domain.plain_number import plain_number

LIMITS = ("time_limit_hours", "memory_gb")

# The smallest memory that can be requested if the portal leaves memory to the site.
_LEAST_GB = 0.5
# Fields and sentences show six digits; a bound of the range that is sent back as shown must still be accepted.
_AS_SHOWN = 1e-5


@dataclass(frozen=True)
class Limit:
    """One limit: the default for tasks (None: the site's default), and the range that can be requested."""

    name: str
    usual: float | None
    lowest: float
    highest: float

    def has_room(self, value: float | None) -> bool:
        """Tell whether more than this value (None: the site's default) can be requested."""
        return self.highest > (value or self.lowest)

    def read(self, value: Any) -> float:
        """Return a requested value; raise InvalidValue if it is out of range."""
        try:
            number = plain_number(value)
        except ValueError:
            number = math.nan
        for end in (self.lowest, self.highest):
            if math.isclose(number, end, rel_tol=_AS_SHOWN):
                return end
        if not self.lowest <= number <= self.highest:
            raise InvalidValue(Message("value.range", lowest=self.lowest, highest=self.highest))
        return number

    def doubled(self, value: float | None) -> float:
        """Return twice a value, capped to the range: the value to try after a job hit this limit."""
        return max(self.lowest, min(self.highest, 2 * (value or self.lowest)))


@dataclass(frozen=True)
class LimitRanges:
    """`time_limit_hours` bounds the running time of the whole task, `memory_gb` the memory of each of its jobs."""

    time_limit_hours: Limit
    memory_gb: Limit

    @classmethod
    def of(cls, *, timeout_s: int, memory_gb: float | None, most_hours: float, most_gb: float) -> LimitRanges:
        """Return the ranges: from the portal's defaults up to what the operator allows."""
        hours = timeout_s / 3600
        least_gb = memory_gb or _LEAST_GB
        return cls(
            Limit("time_limit_hours", hours, hours, max(hours, most_hours)),
            Limit("memory_gb", memory_gb, least_gb, max(least_gb, most_gb)),
        )

    def __iter__(self) -> Iterator[Limit]:
        return iter((self.time_limit_hours, self.memory_gb))

    def within(self, limits: Mapping[str, float]) -> dict[str, float]:
        """Return limits that were granted before, capped to the present ranges."""
        return {
            limit.name: max(limit.lowest, min(limit.highest, limits[limit.name]))
            for limit in self
            if limit.name in limits
        }

    def read(self, given: Mapping[str, Any]) -> dict[str, float]:
        """Return the requested limits that differ from the defaults.

        Raises:
            InvalidRequest: naming each limit that is out of range.
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
