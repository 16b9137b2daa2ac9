"""Call webhooks: one POST over a connection to an address that was checked, signed, and no redirect followed.

The name is resolved once, and the connection goes to the address that was checked: asked a second time, a name server
could answer with an address inside the institute's network. `http.client` follows nothing and knows no proxies.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import portal
from portal.domain.message import Message, verbatim
from portal.domain.os_errors import os_reason
from portal.domain.webhook_rules import WebhookRules, WebhookTarget
from portal.notifications.deadline import cut_after
from portal.notifications.delivery import NotDelivered

_TIMEOUT_S = 10.0
_WHOLE_S = 20.0


class _Pinned(http.client.HTTPConnection):
    """A connection to the first of some addresses that answers, with TLS for the name that they belong to."""

    def __init__(self, target: WebhookTarget, addresses: Sequence[str], timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._addresses = addresses
        self._context = ssl.create_default_context() if target.scheme == "https" else None

    def connect(self) -> None:
        """Connect; the certificate has to be the name's."""
        for address in self._addresses[:-1]:
            with contextlib.suppress(OSError):
                self.sock = socket.create_connection((address, self.port), self.timeout)
                break
        else:
            self.sock = socket.create_connection((self._addresses[-1], self.port), self.timeout)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


class WebhookCaller:
    """Calls receivers that the rules allow; `key` returns the secret that is shared with a host."""

    def __init__(
        self,
        rules: WebhookRules,
        *,
        key: Callable[[str], str],
        clock: Callable[[], float] = time.time,
        timeout_s: float = _TIMEOUT_S,
        whole_s: float = _WHOLE_S,
    ) -> None:
        self._rules = rules
        self._key = key
        self._clock = clock
        self._timeout_s = timeout_s
        self._whole_s = whole_s

    def send(self, name: str, target: WebhookTarget, body: Mapping[str, Any]) -> None:
        """Call a webhook once.

        Raises:
            NotDelivered: it cannot be reached, its address may not be called, or its answer is not 2xx.
        """
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            status = self._post(target, self._addresses(target), data, self._headers(name, target, data))
        except ssl.SSLCertVerificationError as error:
            reason = verbatim(error.verify_message)
            raise NotDelivered(Message("notify.certificate", reason=reason), is_down=True) from error
        except http.client.HTTPException as error:
            raise NotDelivered(Message("notify.connection", reason=type(error).__name__), is_down=True) from error
        except OSError as error:
            raise NotDelivered(Message("notify.connection", reason=os_reason(error)), is_down=True) from error
        if not 200 <= status < 300:
            raise NotDelivered(Message("notify.answered", code=status))

    def _addresses(self, target: WebhookTarget) -> list[str]:
        """Return the addresses of the host; each of them must be allowed."""
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
        for address in addresses:
            if not self._rules.may_connect(target, address):
                raise NotDelivered(Message("notify.private", host=target.host, address=address))
        return addresses

    def _headers(self, name: str, target: WebhookTarget, data: bytes) -> dict[str, str]:
        return {
            "Host": target.origin,
            "Content-Type": "application/json",
            "User-Agent": f"bttoxin-portal/{portal.__version__}",
            "Bttoxin-Delivery": name,
            "Bttoxin-Signature": sign(self._key(target.host), int(self._clock()), data),
            "Connection": "close",
        }

    def _post(self, target: WebhookTarget, addresses: Sequence[str], data: bytes, headers: dict[str, str]) -> int:
        connection = _Pinned(target, addresses, self._timeout_s)
        with contextlib.closing(connection), cut_after(self._whole_s, lambda: connection.sock):
            connection.request("POST", target.path, body=data, headers=headers)
            return connection.getresponse().status


def sign(key: str, at: int, data: bytes) -> str:
    """Return the signature header: `t=` the time (s since 1970), `v1=` HMAC-SHA-256 (hex) of time, a dot, the body."""
    mark = hmac.digest(key.encode(), f"{at}.".encode() + data, hashlib.sha256).hex()
    return f"t={at},v1={mark}"
