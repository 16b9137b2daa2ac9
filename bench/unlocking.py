"""Open a task as a browser does, for benches of the pages."""

from __future__ import annotations

import http.client
from urllib.parse import urlencode

from tests.builders import BuiltTask


def unlock(port: int, built: BuiltTask) -> str:
    """Exchange a task's token for a session; return the cookie, `name=value`."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", f"/tasks/{built.task_id}/unlock", urlencode({"token": built.token}), headers)
        answer = connection.getresponse()
        answer.read()
        return str(answer.headers["Set-Cookie"]).partition(";")[0]
    finally:
        connection.close()
