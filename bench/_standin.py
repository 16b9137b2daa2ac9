"""A conventional way to read a task (FastAPI, pydantic, redis.asyncio), for comparison in `bench.web_look`.

It has only the token check and the response shape: no file behind the cache, no ETag, no place in a queue.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Annotated, Any

import redis.asyncio
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    """The record in the response."""

    model_config = ConfigDict(extra="allow")
    task_id: str
    status: str
    current_stage: str | None
    progress: int
    submission_time: str
    filename: str
    file_size: int
    stages: list[dict[str, Any]]
    attempts: list[dict[str, Any]]


class Kept(Shown):
    """The record in Redis."""

    token_hash: str


_cache = redis.asyncio.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"))


async def look(task_id: str, authorization: Annotated[str, Header()]) -> dict[str, Any]:
    """Return a record to the holder of its token."""
    data = await _cache.get(f"standin:{task_id}")
    if data is None:
        raise HTTPException(404)
    record = Kept.model_validate_json(data)
    given = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    if not hmac.compare_digest(given, record.token_hash):
        raise HTTPException(404)
    return record.model_dump(exclude={"token_hash"})


app = FastAPI()
app.add_api_route("/api/tasks/{task_id}", look, response_model=Shown)
