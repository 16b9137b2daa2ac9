"""The watchdog of the web process: it notifies the service manager only while its own socket answers requests."""

from __future__ import annotations

import asyncio

from portal.service_manager import send, watchdog_interval_s

_ANSWER_S = 10.0
_REQUEST = b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nUser-Agent: watchdog\r\nConnection: close\r\n\r\n"


async def feed_watchdog(address: str | tuple[str, int]) -> None:
    """Send requests to this process at the service manager's interval, and report each successful response to it.

    `address` is that of the listening socket: a path, or host and port.
    """
    interval_s = watchdog_interval_s()
    while interval_s is not None:
        if await _answers(address):
            send("WATCHDOG=1")
        await asyncio.sleep(interval_s)


async def _answers(address: str | tuple[str, int]) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_S):
            if isinstance(address, str):
                reader, writer = await asyncio.open_unix_connection(address)
            else:
                reader, writer = await asyncio.open_connection(address[0], address[1])
            try:
                writer.write(_REQUEST)
                return (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
