"""File names that are valid on every system on which results may be unpacked."""

from __future__ import annotations

# Windows treats these as devices, in either case and whatever follows the first dot
# (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
)


def is_device(name: str) -> bool:
    """Tell whether Windows reserves this name for a device."""
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES


def never_a_device(name: str) -> str:
    """Return a name, prefixed with `genome_` if Windows reserves it for a device."""
    return f"genome_{name}" if is_device(name) else name
