"""Who may be told of a task or a submission: the addresses that a sender gives, and how many.

A form that mails whomever is typed into it could be used to bother strangers. So mails hold no words of the sender,
each task or submission sends one at its end and one before its results go, and what one client or one address is sent
within an hour is limited.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.mail_address import read_mail_address
from portal.domain.message import Message
from portal.domain.notification import Recipient
from portal.domain.webhook_rules import WebhookRules
from portal.files.admissions import AdmissionFiles
from portal.files.taskdir import PortalDir
from portal.services.rates import Rate
from portal.services.secrets import Keyring

MYSELF = "me"  # instead of one's own address
_HOUR_S = 3600


class NotificationRequests:
    """Checks and counts. `mails` is whether mail is sent, `per_hour` the limit (0: none).

    With `people` only those who have signed in are sent mail, to the address that their provider has verified.
    """

    def __init__(
        self,
        portal: PortalDir,
        keyring: Keyring,
        *,
        mails: bool,
        people: bool,
        webhooks: WebhookRules,
        per_hour: int,
    ) -> None:
        self.mails = mails
        self.people = people
        self.webhooks = webhooks
        self._keyring = keyring
        self._rate = Rate(
            AdmissionFiles(portal),
            "notifications",
            most=per_hour,
            message=Message("notify.too_many"),
            window_s=_HOUR_S,
        )

    def read(self, given: Mapping[str, str], *, field: str, own_mail: str | None = None) -> Recipient | None:
        """Return whom a sender wants to be told; None for nobody.

        Args:
            given: addresses by channel, `mail` or `webhook`; empty ones count as not given.
            field: what the names of the fields begin with, for errors.
            own_mail: the sender's verified address, empty if it is not known; None if nobody is signed in.

        Raises:
            InvalidRequest: with every field that cannot be used.
        """
        errors: dict[str, list[Message]] = {}
        found: dict[str, str] = {}
        for channel, text in given.items():
            if not text.strip():
                continue
            try:
                found[channel] = self._mail(text, own_mail) if channel == "mail" else self._webhook(text)
            except InvalidValue as error:
                errors[f"{field}{channel}"] = [error.message]
        if errors:
            raise InvalidRequest(Message("request.fields"), errors=errors)
        return Recipient(**found) if found else None

    def count(self, client: str, recipient: Recipient | None) -> None:
        """Count a request for notifications.

        Args:
            client: pseudonym of who asks.
            recipient: who is to be told; None counts nothing.

        Raises:
            TooManyRequests: the client, or one of the addresses, has been used too often within an hour.
        """
        if recipient is None:
            return
        addresses = (f"notify\0{address.lower()}" for address in recipient.as_record().values())
        counted = [client, *map(self._keyring.pseudonym, addresses)]
        for each in counted:
            self._rate.require_room(each)
        for each in counted:
            self._rate.count(each)

    def _mail(self, text: str, own_mail: str | None) -> str:
        if not self.mails:
            raise InvalidValue(Message("notify.no_mail"))
        if not self.people:
            return read_mail_address(text)
        if own_mail is None:
            raise InvalidValue(Message("notify.sign_in"))
        if not own_mail:
            raise InvalidValue(Message("notify.no_own_mail"))
        if text.strip().lower() not in (MYSELF, own_mail.lower()):
            raise InvalidValue(Message("notify.other_mail", address=own_mail))
        return own_mail

    def _webhook(self, text: str) -> str:
        if not self.webhooks:
            raise InvalidValue(Message("notify.no_webhook"))
        self.webhooks.read(text)
        return text.strip()
