"""The cache: `task:{task_id}:meta:{site}`, with entries that live for seconds; its failures never leave this module.

No served state is older than MAX_AGE_S: an entry expires that long after its content was read from the file or made
by the writer. A script compares revisions in the server, so that a slow reader never overwrites the writer's entry.
If Redis does not answer, it is not asked for a while (up to 1 s, doubling to 30 s): no request waits for it longer than
TIMEOUT_S, and most do not wait at all.

Other writers to this Redis are not trusted: an entry is `mac.made.revision.record`, signed with a key derived from
PORTAL_SECRET, for this site and this task. An entry older than MAX_AGE_S by its own date is ignored, whatever its time
to live.
"""

from __future__ import annotations

import hmac
import logging
import re
import stat
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.domain.errors import Unreadable
from portal.domain.task import TaskMeta
from portal.storage.codec import decode, encode
from slurm.backoff import BackOff

MAX_AGE_S = 4.0
TIMEOUT_S = 0.25
_FIRST_REST_S, _LONGEST_REST_S = 1.0, 30.0

# KEYS[1] entry; ARGV: entry, revision, milliseconds to live, deadline in ms since 1970. A value that is not an entry,
# or has an impossible revision, counts as older. The deadline is for a server that was paused: a request that waited in
# its socket is old when it runs.
_PUT_IF_NEWER = """
local current = redis.call('GET', KEYS[1])
if current then
  local revision = tonumber(string.match(current, '^%x+%.%d+%.(%d+)%.') or '0')
  if revision > tonumber(ARGV[2]) and revision <= 9007199254740992 then return 0 end
end
local clock = redis.call('TIME')
local left = math.min(tonumber(ARGV[3]), tonumber(ARGV[4]) - (clock[1] * 1000 + math.floor(clock[2] / 1000)))
if left <= 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', left)
return 1
"""
_ENTRY = re.compile(rb"([0-9a-f]{64})\.([0-9]{1,15})\.([0-9]{1,16})\.(.*)", re.DOTALL)
_CLOCKS_MS = 1000  # how far the clocks of web and poller may differ before the cache becomes useless

_T = TypeVar("_T")
log = logging.getLogger(__name__)


def is_open(url: str) -> bool:
    """Tell whether the Redis at this URL is open to anyone who can reach it.

    A password protects it, and so does a socket that no other account may write to.
    """
    parts = urlsplit(url)
    if parts.password:
        return False
    if parts.scheme != "unix":
        return True
    return bool(Path(parts.path).stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))


class RedisTaskCache:
    """Records in Redis; every method behaves as if the cache were empty while Redis cannot be reached."""

    def __init__(
        self,
        url: str,
        *,
        key: bytes,
        site: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect at first use. `key` signs the entries; `site` is called once for the installation's id."""
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
        self._put = self._client.register_script(_PUT_IF_NEWER)
        self._signing_key = key
        self._site = cache(site)
        self._rest = BackOff(first_s=_FIRST_REST_S, most_s=_LONGEST_REST_S, clock=clock)
        self.last_error: str | None = None
        self.errors = 0

    def _key(self, task_id: str) -> str:
        return f"task:{task_id}:meta:{self._site()}"

    def _sign(self, name: str, content: bytes) -> bytes:
        return hmac.digest(self._signing_key, name.encode() + b"\0" + content, "sha256").hex().encode()

    def get(self, task_id: str) -> TaskMeta | None:
        """Return the entry, or None on a miss or any failure."""
        name = self._key(task_id)
        data = self._guarded(lambda: self._client.get(name))
        if not isinstance(data, bytes):
            return None
        try:
            task = self._genuine(name, data)
            if task.task_id == task_id:
                return task
        except (Unreadable, ValueError) as error:
            log.warning("redis holds an entry for %s that is not ours: %s; it is dropped", task_id, error)
        self._guarded(lambda: self._client.delete(name))
        return None

    def _genuine(self, name: str, data: bytes) -> TaskMeta:
        """Return the record of an entry; raise ValueError if its signature is wrong or it is too old."""
        found = _ENTRY.fullmatch(data)
        if found is None:
            raise ValueError("no entry")
        if not hmac.compare_digest(found[1], self._sign(name, data[len(found[1]) + 1 :])):
            raise ValueError("wrong signature")
        age_ms = int(time.time() * 1000) - int(found[2])
        if not -_CLOCKS_MS <= age_ms <= MAX_AGE_S * 1000 + _CLOCKS_MS:
            raise ValueError(f"{age_ms / 1000:.1f} s old")
        return decode(found[4])

    def put(self, task: TaskMeta, *, age_s: float = 0.0) -> None:
        """Store a record whose content is `age_s` old, unless a newer revision is there."""
        left_ms = int((MAX_AGE_S - age_s) * 1000)
        if left_ms > 0:
            name, now_ms = self._key(task.task_id), int(time.time() * 1000)
            content = b"%d.%d.%s" % (now_ms - int(age_s * 1000), task.revision, encode(task))
            entry = self._sign(name, content) + b"." + content
            arguments: list[bytes | int] = [entry, task.revision, left_ms, now_ms + left_ms]
            self._guarded(lambda: self._put(keys=[name], args=arguments))

    def forget(self, task_id: str) -> None:
        """Drop an entry."""
        name = self._key(task_id)
        self._guarded(lambda: self._client.delete(name))

    def ping(self) -> bool:
        """Tell whether Redis answers; respects the back-off."""
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
            self._rest.failed()
            log.warning("redis left alone for %.1f s: %s", self._rest.wait_s, self.last_error)
            return None
        self._rest.succeeded()
        self.last_error = None
        return answer
