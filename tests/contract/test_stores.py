"""What every task store promises, for all of them; and what the cache may never do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.domain.errors import CorruptRecord, NotFound, StaleWrite
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta, advance
from portal.files.atomic import write_json
from portal.files.taskdir import PortalDir
from portal.ports import TaskStore
from portal.storage.codec import to_json
from portal.storage.file import FileTaskStore
from portal.storage.hybrid import HybridTaskStore, WriterTaskStore
from portal.storage.redis import MAX_AGE_S, RedisTaskCache
from tests.memory_store import MemoryTaskStore
from tests.servers import RedisServer
from tests.unit.records import NOW, task

Create = Callable[[TaskMeta], None]
NAME = "task:abcdefghijkl:meta:0123456789ab"


def connect(url: str, *, key: bytes = b"key", site: str = "0123456789ab", **more: Any) -> RedisTaskCache:
    return RedisTaskCache(url, key=key, site=lambda: site, **more)


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    folder = PortalDir(tmp_path / "jobs")
    folder.prepare()
    return folder


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a healthy Redis the time that it may need on a busy machine."""
    monkeypatch.setattr("portal.storage.redis.TIMEOUT_S", 30.0)


@pytest.fixture
def cache(redis_server: RedisServer, patient: None) -> Iterator[RedisTaskCache]:
    with redis_server.client() as client:
        client.flushall()
    made = connect(redis_server.url)
    yield made
    made.close()


def create_on_disk(portal: PortalDir, record: TaskMeta) -> None:
    folder = portal.task(record.task_id)
    folder.path.mkdir()
    write_json(folder.meta, to_json(record))


@pytest.fixture(
    params=["memory", "file", "remembering", "hybrid", "remembering hybrid", "hybrid without redis", "writer"]
)
def store(
    request: pytest.FixtureRequest, portal: PortalDir, cache: RedisTaskCache
) -> Iterator[tuple[TaskStore, Create]]:
    files = FileTaskStore(portal)

    def on_disk(record: TaskMeta) -> None:
        create_on_disk(portal, record)

    if request.param == "memory":
        memory = MemoryTaskStore()
        yield memory, memory.create
    elif request.param == "file":
        yield files, on_disk
    elif request.param == "remembering":
        yield FileTaskStore(portal, remember=8), on_disk
    elif request.param == "remembering hybrid":
        yield HybridTaskStore(FileTaskStore(portal, remember=8), cache), on_disk
    elif request.param == "hybrid without redis":
        gone = connect("unix:///nowhere/redis.sock")
        yield HybridTaskStore(files, gone), on_disk
        gone.close()
    elif request.param == "writer":
        yield WriterTaskStore(files, cache), on_disk
    else:
        yield HybridTaskStore(files, cache), on_disk


def test_what_was_saved_is_read(store: tuple[TaskStore, Create]) -> None:
    tasks, create = store
    create(task())
    changed = advance(task(), now=NOW, status=TaskStatus.QUEUED, filename="Bt «甲».fna")
    tasks.save(changed)
    assert tasks.get(changed.task_id) == changed


def test_an_unknown_task_is_not_found(store: tuple[TaskStore, Create]) -> None:
    with pytest.raises(NotFound):
        store[0].get("zzzzzzzzzzzz")


@pytest.mark.parametrize("revision", [4, 5])
def test_a_stale_write_is_refused(store: tuple[TaskStore, Create], revision: int) -> None:
    tasks, create = store
    create(task(revision=5))
    with pytest.raises(StaleWrite):
        tasks.save(task(revision=revision, filename="late.fna"))
    assert tasks.get("abcdefghijkl").filename == "a.fna"


def test_saving_a_removed_task_does_not_bring_it_back(store: tuple[TaskStore, Create]) -> None:
    with pytest.raises(NotFound):
        store[0].save(task(revision=2))
    with pytest.raises(NotFound):
        store[0].get("abcdefghijkl")


@pytest.mark.parametrize("content", [b"", b"{", b"\0" * 300, b"[]", b'{"task_id": "abcdefghijkl"}'])
def test_a_damaged_record_is_said_to_be_damaged(portal: PortalDir, content: bytes) -> None:
    create_on_disk(portal, task())
    portal.task("abcdefghijkl").meta.write_bytes(content)
    with pytest.raises(CorruptRecord):
        FileTaskStore(portal).get("abcdefghijkl")


# -- the cache


def test_redis_is_asked_first_and_filled_on_a_miss(portal: PortalDir, cache: RedisTaskCache) -> None:
    create_on_disk(portal, task())
    store = HybridTaskStore(FileTaskStore(portal), cache)
    store.get("abcdefghijkl")
    portal.task("abcdefghijkl").meta.unlink()
    assert store.get("abcdefghijkl") == task()


def test_nobody_is_served_a_state_older_than_five_seconds(portal: PortalDir, cache: RedisTaskCache) -> None:
    create_on_disk(portal, task())
    store = HybridTaskStore(FileTaskStore(portal), cache)
    store.get("abcdefghijkl")
    FileTaskStore(portal).save(task(revision=2, filename="newer.fna"))  # a writer whose Redis is away
    saved = asked = time.monotonic()
    while store.get("abcdefghijkl").filename != "newer.fna":
        assert asked - saved < 5, "who asks later gets what is newer, however slow the answer"
        time.sleep(0.05)
        asked = time.monotonic()


def test_a_slow_reader_never_overwrites_a_newer_entry(cache: RedisTaskCache) -> None:
    cache.put(task(revision=3))
    cache.put(task(revision=2, filename="old.fna"), age_s=1)
    assert cache.get("abcdefghijkl") == task(revision=3)


def test_what_was_read_too_long_ago_is_not_kept(cache: RedisTaskCache) -> None:
    cache.put(task(), age_s=MAX_AGE_S)
    assert cache.get("abcdefghijkl") is None


def test_a_damaged_entry_is_a_miss_and_is_replaced(cache: RedisTaskCache, redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set(NAME, "\0 no record")
    assert cache.get("abcdefghijkl") is None
    cache.put(task())
    assert cache.get("abcdefghijkl") == task()


def test_the_key_is_the_promised_one(cache: RedisTaskCache, redis_server: RedisServer) -> None:
    cache.put(task())
    with redis_server.client() as client:
        assert client.keys() == [NAME.encode()]
        assert 0 < client.pttl(NAME) <= MAX_AGE_S * 1000


# -- a Redis that others can write to


def stolen(redis_server: RedisServer, entry: bytes) -> None:
    """Put an entry where the cache looks for it, to stay for ever."""
    with redis_server.client() as client:
        client.set(NAME, entry)


def genuine(cache: RedisTaskCache, redis_server: RedisServer, record: TaskMeta) -> bytes:
    cache.put(record)
    with redis_server.client() as client:
        entry = client.get(NAME)
    assert isinstance(entry, bytes)
    return entry


def forged_record(entry: bytes) -> bytes:
    mac, made, revision, record = entry.split(b".", 3)
    return b".".join([mac, made, revision, record.replace(b"a.fna", b"b.fna")])


def forged_revision(entry: bytes) -> bytes:
    mac, made, _, record = entry.split(b".", 3)
    return b".".join([mac, made, b"9007199254740992", record])


def forged_date(entry: bytes) -> bytes:
    mac, made, revision, record = entry.split(b".", 3)
    return b".".join([mac, b"%d" % (int(made) + 10**8), revision, record])


@pytest.mark.parametrize(
    "forge",
    [
        forged_record,
        forged_revision,
        forged_date,
        lambda entry: entry[:-1],
        lambda entry: b"0" * 64 + entry[64:],
        lambda entry: entry.split(b".", 3)[3],
        lambda entry: b"[" * 100_000,
        lambda entry: b"",
    ],
)
def test_an_entry_that_is_not_signed_is_a_miss_and_goes(
    cache: RedisTaskCache, redis_server: RedisServer, forge: Callable[[bytes], bytes]
) -> None:
    stolen(redis_server, forge(genuine(cache, redis_server, task(revision=5))))
    assert cache.get("abcdefghijkl") is None
    cache.put(task(revision=5))
    assert cache.get("abcdefghijkl") == task(revision=5)


def test_an_entry_of_another_task_site_or_key_is_a_miss(cache: RedisTaskCache, redis_server: RedisServer) -> None:
    others = [
        (cache, "task:bbbbbbbbbbbb:meta:0123456789ab", task(task_id="bbbbbbbbbbbb")),
        (connect(redis_server.url, site="ba9876543210"), "task:abcdefghijkl:meta:ba9876543210", task()),
        (connect(redis_server.url, key=b"another"), NAME, task()),
    ]
    for other, name, record in others:
        other.put(record)
        with redis_server.client() as client:
            entry = client.get(name)
        assert isinstance(entry, bytes)
        stolen(redis_server, entry)
        assert cache.get("abcdefghijkl") is None


def test_an_entry_that_is_kept_alive_is_no_older_than_it_may_be(
    cache: RedisTaskCache, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen(redis_server, genuine(cache, redis_server, task(revision=5)))
    assert cache.get("abcdefghijkl") == task(revision=5)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + MAX_AGE_S + 1.5)
    assert cache.get("abcdefghijkl") is None


def test_a_huge_revision_does_not_keep_the_writer_out(cache: RedisTaskCache, redis_server: RedisServer) -> None:
    stolen(redis_server, b"%s.%d.%s.{}" % (b"0" * 64, 10**12, b"9" * 16))
    cache.put(task(revision=7))
    assert cache.get("abcdefghijkl") == task(revision=7)


def test_forgetting_drops_the_entry(cache: RedisTaskCache) -> None:
    cache.put(task())
    cache.forget("abcdefghijkl")
    assert cache.get("abcdefghijkl") is None


# -- a Redis in trouble (F16)


def told(cache: RedisTaskCache) -> str | None:
    """Return what the cache says of its last call; it changes behind the type checker's back."""
    return cache.last_error


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


def test_a_killed_redis_costs_nothing_and_comes_back_without_a_restart(
    portal: PortalDir, own_redis: RedisServer, patient: None
) -> None:
    create_on_disk(portal, task())
    clock = [0.0]
    cache = connect(own_redis.url, clock=lambda: clock[0])
    store = HybridTaskStore(FileTaskStore(portal), cache)
    store.get("abcdefghijkl")
    own_redis.kill()
    assert all(store.get("abcdefghijkl") == task() for _ in range(200))
    assert told(cache) is not None
    assert cache.errors == 1, "it was not asked again"
    own_redis.start()
    clock[0] += 60
    store.get("abcdefghijkl")
    assert cache.get("abcdefghijkl") == task()
    assert told(cache) is None
    cache.close()


def test_a_paused_redis_delays_one_request_by_a_fraction_of_a_second(portal: PortalDir, own_redis: RedisServer) -> None:
    create_on_disk(portal, task())
    clock = [0.0]
    cache = connect(own_redis.url, clock=lambda: clock[0])
    store = HybridTaskStore(FileTaskStore(portal), cache)
    store.get("abcdefghijkl")
    own_redis.pause()
    took_s = []
    try:
        for turn in range(1, 6):
            begin = time.monotonic()
            assert store.get("abcdefghijkl") == task()
            took_s.append(time.monotonic() - begin)
            assert all(store.get("abcdefghijkl") == task() for _ in range(50))
            assert cache.errors == turn, "only the first was delayed"
            clock[0] += 60
    finally:
        own_redis.resume()
    assert min(took_s) < 0.8, "the quickest of five: the machine may do something else in between"
    cache.close()


def test_what_a_paused_redis_finds_in_its_socket_afterwards_is_too_old_to_keep(own_redis: RedisServer) -> None:
    cache = connect(own_redis.url)
    assert cache.ping()
    own_redis.pause()
    cache.put(task(), age_s=MAX_AGE_S - 0.5)  # goes into the socket; the answer does not come in time
    time.sleep(0.8)
    own_redis.resume()
    with own_redis.client() as client:
        assert client.get(NAME) is None
    cache.close()


def test_a_full_redis_is_no_trouble(portal: PortalDir, own_redis: RedisServer) -> None:
    create_on_disk(portal, task())
    with own_redis.client() as client:
        client.config_set("maxmemory", "1")
        cache = connect(own_redis.url)
        store = WriterTaskStore(FileTaskStore(portal), cache)
        store.save(task(revision=2))
        assert store.get("abcdefghijkl").revision == 2
        cache.close()


def test_old_data_that_came_back_with_redis_is_replaced_by_the_writer(portal: PortalDir, cache: RedisTaskCache) -> None:
    create_on_disk(portal, task(revision=8))
    cache.put(task(revision=3, filename="from a dump.fna"))
    WriterTaskStore(FileTaskStore(portal), cache).save(replace(task(), revision=9))
    found = cache.get("abcdefghijkl")
    assert found is not None
    assert found.revision == 9
