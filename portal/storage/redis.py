"""The cache: `task:{task_id}:meta`, entries that live for seconds, trouble that stays in here.

Nobody is served a state older than MAX_AGE_S: an entry expires that long after the moment its content was read
from the truth or made by the writer. A script compares revisions in the server, so that a slow reader never
overwrites what the writer put there. When Redis does not answer, it is left alone for a while (up to 1 s, doubling to
30 s): nothing waits for it longer than TIMEOUT_S, and not at every request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.domain.errors import CorruptRecord
from portal.domain.task import TaskMeta
from portal.storage.codec import decode, encode
from slurm.backoff import BackOff

MAX_AGE_S = 4.0
TIMEOUT_S = 0.25
_FIRST_REST_S, _LONGEST_REST_S = 1.0, 30.0

# KEYS[1] entry; ARGV: record, revision, milliseconds to live, deadline in ms since 1970. A value that is no record
# counts as older. The deadline is for a server that was paused: what waited in its socket is old when it runs.
_PUT_IF_NEWER = """
local current = redis.call('GET', KEYS[1])
if current then
  local good, record = pcall(cjson.decode, current)
  if good and type(record) == 'table' and tonumber(record.revision) and tonumber(record.revision) > tonumber(ARGV[2])
  then return 0 end
end
local clock = redis.call('TIME')
local left = math.min(tonumber(ARGV[3]), tonumber(ARGV[4]) - (clock[1] * 1000 + math.floor(clock[2] / 1000)))
if left <= 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', left)
return 1
"""

_T = TypeVar("_T")
log = logging.getLogger(__name__)


class RedisTaskCache:
    """Records in Redis; every method answers as if empty when Redis cannot be reached."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
        self._put = self._client.register_script(_PUT_IF_NEWER)
        self._rest = BackOff(first_s=_FIRST_REST_S, most_s=_LONGEST_REST_S, clock=clock)
        self.last_error: str | None = None
        self.errors = 0

    @staticmethod
    def _key(task_id: str) -> str:
        return f"task:{task_id}:meta"

    def get(self, task_id: str) -> TaskMeta | None:
        """Return the entry, or None on a miss or any trouble."""
        data = self._guarded(lambda: self._client.get(self._key(task_id)))
        if not isinstance(data, bytes):
            return None
        try:
            return decode(data)
        except CorruptRecord as error:
            log.warning("redis holds a damaged entry for %s: %s", task_id, error)
            return None

    def put(self, task: TaskMeta, *, age_s: float = 0.0) -> None:
        """Keep a record whose content is `age_s` old, unless a newer revision is there."""
        left_ms = int((MAX_AGE_S - age_s) * 1000)
        if left_ms > 0:
            deadline_ms = int(time.time() * 1000) + left_ms
            arguments: list[bytes | int] = [encode(task), task.revision, left_ms, deadline_ms]
            self._guarded(lambda: self._put(keys=[self._key(task.task_id)], args=arguments))

    def forget(self, task_id: str) -> None:
        """Drop an entry."""
        self._guarded(lambda: self._client.delete(self._key(task_id)))

    def ping(self) -> bool:
        """Tell whether Redis answers; honours the rest."""
        return bool(self._guarded(self._client.ping))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _guarded(self, call: Callable[[], _T]) -> _T | Any | None:
        if self._rest.wait_s:
            return None
        try:
            answer = call()
        except (redis.RedisError, OSError) as error:
            self.errors += 1
            self.last_error = type(error).__name__
            self._rest.failed(self.last_error)
            log.warning("redis left alone for %.1f s: %s", self._rest.wait_s, self.last_error)
            return None
        self._rest.succeeded()
        self.last_error = None
        return answer
