"""The form of a task's id, which is also that of submissions and packs."""

from __future__ import annotations

import re

TASK_ID = re.compile(r"[a-z2-7]{12}")


def is_task_id(text: str) -> bool:
    """Tell whether the text has the form of a task id: 12 lower-case base32 characters."""
    return len(text) == 12 and TASK_ID.fullmatch(text) is not None  # most parts of paths have another length
