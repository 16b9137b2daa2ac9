"""Run work in a thread within the caller's context, so that its log lines carry the request id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(threads: Executor, call: Callable[..., T], *arguments: Any) -> T:
    """Run a call in one of these threads and return its result."""
    return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, call, *arguments)
