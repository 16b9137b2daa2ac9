"""Hand mails over to the institute's mail server.

The messages are made by `email.message`, whose policy refuses a line feed in a header. Each attempt at a notification
has the same Message-ID. SMTP cannot tell whether a mail was taken when the connection breaks after its last line, so
such a mail is sent again: at least once, not exactly once.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from portal.domain.mail_address import read_sender
from portal.domain.message import Message, verbatim
from portal.domain.os_errors import os_reason
from portal.domain.smtp_url import SmtpSecurity, SmtpServer
from portal.domain.status import Lang
from portal.notifications.deadline import cut_after
from portal.notifications.delivery import NotDelivered
from portal.notifications.words import MailText

_TIMEOUT_S = 15.0
_WHOLE_S = 60.0
_REPLY_SHOWN = 200
_LANGUAGES = {Lang.EN: "en", Lang.ZH: "zh-CN"}


class Mailer:
    """Sends mails from one address; `host` is the portal's name, for the Message-ID and the greeting."""

    def __init__(
        self,
        server: SmtpServer,
        *,
        sender: str,
        host: str,
        timeout_s: float = _TIMEOUT_S,
        whole_s: float = _WHOLE_S,
    ) -> None:
        self._server = server
        self._sender = read_sender(sender)
        self._host = host
        self._timeout_s = timeout_s
        self._whole_s = whole_s

    def send(self, name: str, text: MailText, to: Sequence[str], *, made: datetime) -> None:
        """Send one mail.

        Raises:
            NotDelivered: the server cannot be reached, or refuses it.
        """
        message = self._message(name, text, to, made)
        self._talk(lambda smtp: smtp.send_message(message, self._sender[1], list(to)), to)

    def check(self) -> None:
        """Connect, encrypt and sign in as for a mail, and send none.

        Raises:
            NotDelivered: one of these fails.
        """
        self._talk(lambda smtp: smtp.noop(), ())

    def _message(self, name: str, text: MailText, to: Sequence[str], made: datetime) -> EmailMessage:
        message = EmailMessage(policy=policy.SMTP)
        shown, address = self._sender
        message["From"] = Address(shown, addr_spec=address)
        message["To"] = tuple(Address(addr_spec=each) for each in to)
        message["Subject"] = text.subject
        message["Date"] = format_datetime(made)
        message["Message-ID"] = f"<{name}@{self._host}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice answers
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(text.body)  # which takes out all headers about the content
        message["Content-Language"] = _LANGUAGES[text.lang]
        return message

    def _talk(self, act: Callable[[smtplib.SMTP], object], to: Sequence[str]) -> None:
        """Do something with a connection; `to` are addresses that no error repeats."""
        try:
            self._converse(act)
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            raise NotDelivered(_refusal(code, reply, to)) from error
        except smtplib.SMTPResponseException as error:
            # Before the mail itself is refused, the server refuses everybody.
            is_down = not isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError)
            raise NotDelivered(_refusal(error.smtp_code, error.smtp_error, to), is_down=is_down) from error
        except ssl.SSLCertVerificationError as error:
            reason = verbatim(error.verify_message)
            raise NotDelivered(Message("notify.certificate", reason=reason), is_down=True) from error
        except OSError as error:  # smtplib's own errors are OSErrors too
            known = type(error).__name__ if isinstance(error, smtplib.SMTPException) else os_reason(error)
            raise NotDelivered(Message("notify.connection", reason=known), is_down=True) from error

    def _converse(self, act: Callable[[smtplib.SMTP], object]) -> None:
        known: list[smtplib.SMTP] = []
        try:
            with cut_after(self._whole_s, lambda: known[0].sock if known else None):
                smtp = self._connect(known)
                if self._server.security is SmtpSecurity.STARTTLS:
                    self._encrypt(smtp)
                if self._server.user:
                    self._sign_in(smtp)
                act(smtp)
                with contextlib.suppress(OSError):  # the mail is taken, whatever the answer is
                    smtp.quit()
        finally:
            for each in known:
                each.close()

    @staticmethod
    def _encrypt(smtp: smtplib.SMTP) -> None:
        try:
            smtp.starttls(context=ssl.create_default_context())
        except smtplib.SMTPNotSupportedError as error:
            raise NotDelivered(Message("notify.smtp_no_tls"), is_down=True) from error

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._server.user, self._server.password)
        except smtplib.SMTPNotSupportedError as error:
            raise NotDelivered(Message("notify.smtp_no_login"), is_down=True) from error

    def _connect(self, known: list[smtplib.SMTP]) -> smtplib.SMTP:
        where = (self._server.host, self._server.port)
        if self._server.security is SmtpSecurity.TLS:
            context = ssl.create_default_context()
            return _SmtpOverTls(known, *where, self._host, timeout=self._timeout_s, context=context)
        return _Smtp(known, *where, self._host, timeout=self._timeout_s)


class _KnownEarly:
    """A client that is known before it connects: the server's greeting belongs to what has a deadline."""

    def __init__(self, known: list[Any], *args: Any, **more: Any) -> None:
        known.append(self)
        super().__init__(*args, **more)


class _Smtp(_KnownEarly, smtplib.SMTP):
    pass


class _SmtpOverTls(_KnownEarly, smtplib.SMTP_SSL):
    pass


def _refusal(code: int, reply: bytes | str, to: Sequence[str]) -> Message:
    """Return what the server said, without the addresses that it repeats."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    for address in to:
        text = re.sub(re.escape(address), "...", text, flags=re.IGNORECASE)
    shown = "".join(char if char.isprintable() else " " for char in text)[:_REPLY_SHOWN]
    return Message("notify.smtp_refused", reply=verbatim(f"{code} {shown}".strip()))
