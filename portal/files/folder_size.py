"""The total size of the files below a folder, and the number of its entries."""

from __future__ import annotations

import os
from pathlib import Path


def folder_size(folder: Path) -> int:
    """Return the total size (bytes) of all files below a folder; files removed meanwhile count as 0."""
    total = 0
    stack = [str(folder)]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def count_entries(folder: Path) -> int:
    """Return how many files and folders a folder holds, 0 if it does not exist; raise OSError if it is out of reach."""
    try:
        return sum(1 for _ in folder.iterdir())
    except FileNotFoundError:
        return 0
