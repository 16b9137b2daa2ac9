"""Names that a file may have on every system that results are unpacked on."""

from __future__ import annotations

# Windows takes these for devices, in either case and whatever stands after the first dot
# (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
)


def is_device(name: str) -> bool:
    """Tell whether Windows could not have a file of this name."""
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES


def never_a_device(name: str) -> str:
    """Return a name, with `genome_` before it where Windows would take it for a device."""
    return f"genome_{name}" if is_device(name) else name
