"""Log gunicorn's messages in the portal's format; the edge writes the access log (`access_log`), not gunicorn."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger

from portal.config import read_settings
from portal.domain.logs import set_up_logging


class EdgeLogger(Logger):  # type: ignore[misc]
    """gunicorn's `logger_class`; set up once in the master, inherited by the workers."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        settings = read_settings()
        set_up_logging("web", settings.LOG_FORMAT, settings.secrets)
        for own in (self.error_log, self.access_log):
            own.handlers.clear()
            own.propagate = own is self.error_log
            own.setLevel(logging.INFO)
