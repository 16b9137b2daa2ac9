"""Work for a thread, in the context of who waits for it: what it logs has the id of the request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(threads: Executor, call: Callable[..., T], *arguments: Any) -> T:
    """Return what the call returns, made in a thread of these."""
    return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, call, *arguments)
