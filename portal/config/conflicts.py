"""Settings that are valid one by one but not together."""

from __future__ import annotations

from portal.config.settings import Settings
from portal.domain.address import TrustedProxies
from portal.domain.message import Message


def conflicts(settings: Settings) -> dict[str, list[Message]]:
    """Return what is wrong with the combination, by the variable to change; empty if nothing is."""
    return {**_about_identity(settings), **_about_notifications(settings)}


def _about_identity(settings: Settings) -> dict[str, list[Message]]:
    if settings.IDENTITY == "header" and settings.trusted_proxies == TrustedProxies():
        return {"TRUSTED_PROXIES": [Message("value.needed_for_identity")]}
    if settings.IDENTITY == "oidc":
        missing = [name for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLAIM") if not getattr(settings, name)]
        if not settings.OIDC_CLIENT_SECRET and settings.OIDC_CLIENT_SECRET_FILE is None:
            missing.append("OIDC_CLIENT_SECRET")
        return {name: [Message("value.needed_for_oidc")] for name in missing}
    if settings.operators and not settings.has_people:
        return {"OPERATORS": [Message("value.without_identity")]}
    return {}


def _about_notifications(settings: Settings) -> dict[str, list[Message]]:
    needs = (
        ("SMTP_URL", "MAIL_FROM"),
        ("SMTP_URL", "PUBLIC_URL"),
        ("WEBHOOK_ALLOW", "PUBLIC_URL"),
        ("OPERATOR_MAIL", "SMTP_URL"),
    )
    return {
        needed: [Message("notify.setting_needed", name=name)]
        for name, needed in needs
        if getattr(settings, name) and not getattr(settings, needed)
    }
