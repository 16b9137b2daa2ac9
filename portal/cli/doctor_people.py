"""`btportal doctor`: checks of how people sign in."""

from __future__ import annotations

from collections.abc import Iterator

from portal.cli.finding import FAIL, OK, WARN, Finding
from portal.config import Settings
from portal.domain.address import is_loopback_host

_ANSWER_S = 10.0
_NOBODY = "nobody.of.this.name"


def check_people(settings: Settings) -> Iterator[Finding]:
    """Check that no client can claim to be somebody, or that the provider is the one that the settings name."""
    if settings.IDENTITY == "header":
        yield from _check_header(settings)
    elif settings.IDENTITY == "oidc":
        yield _check_provider(settings)


def _check_header(settings: Settings) -> Iterator[Finding]:
    """Send the header that only the proxy may set, as anybody could."""
    import httpx

    url, header = settings.public_url, settings.IDENTITY_HEADER
    if url is None:
        message = f"whether the proxy removes {header} from requests cannot be checked without the public address"
        yield Finding(WARN, "people", message, "PUBLIC_URL=https://the.name.people.use")
        return
    try:
        answer = httpx.get(
            f"{url}/api/me",
            headers={header: _NOBODY},
            timeout=_ANSWER_S,
            trust_env=not is_loopback_host(url.host),  # no proxy reaches this machine
        )
    except httpx.HTTPError:
        return  # `address` has said so
    if _NOBODY in answer.text:
        message = f"anybody who sends {header} is taken for that person: the proxy passes it on"
        yield Finding(FAIL, "people", message, f"let the proxy set or remove {header} in every request")
    else:
        yield Finding(OK, "people", f"{header} of a client is not believed")


def _check_provider(settings: Settings) -> Finding:
    import httpx

    issuer = settings.OIDC_ISSUER
    try:
        answer = httpx.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=_ANSWER_S)
        told = answer.raise_for_status().json().get("issuer")
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        message = f"the sign-in provider {issuer} does not say what it is: {error or type(error).__name__}"
        return Finding(FAIL, "people", message, "correct OIDC_ISSUER, or let this machine reach the provider")
    if told != issuer:
        return Finding(FAIL, "people", f"the provider calls itself {told}, not {issuer}", f"OIDC_ISSUER={told}")
    return Finding(OK, "people", f"sign-in at {issuer}")
