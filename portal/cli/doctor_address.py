"""`btportal doctor`: checks of the portal's public address."""

from __future__ import annotations

from collections.abc import Iterator

from portal.cli.finding import FAIL, OK, WARN, Finding
from portal.config import Settings
from portal.domain.address import TrustedProxies, is_loopback_host

_ANSWER_S = 10.0


def check_address(settings: Settings) -> Iterator[Finding]:
    """Check that the public address is set, reachable, and answered by this portal under its prefix."""
    url = settings.public_url
    if url is None:
        if settings.trusted_proxies != TrustedProxies():
            message = "there are proxies in front, and no address: links follow the host name that a client sends"
            yield Finding(WARN, "address", message, "PUBLIC_URL=https://the.name.people.use")
        return
    import ssl

    import httpx

    try:
        answer = httpx.get(
            f"{url}/api/health/live",
            timeout=_ANSWER_S,
            follow_redirects=False,
            verify=ssl.create_default_context(),  # the authorities of this machine, an institute's own among them
            trust_env=not is_loopback_host(url.host),  # no proxy reaches this machine
        )
    except httpx.HTTPError as error:
        mend = "start web process and proxy; docs/operate/install.md has the files for both"
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            mend = "a certificate that this machine trusts; for one of your own authority: update-ca-certificates"
        yield Finding(FAIL, "address", f"{url} cannot be reached: {error or type(error).__name__}", mend)
        return
    if (answer.status_code, answer.text.strip()) != (200, '{"status":"alive"}'):
        message = f"{url} is answered with {answer.status_code} by something else than this portal"
        yield Finding(FAIL, "address", message, "let the proxy hand this address, with its path, to the portal")
    elif url.scheme != "https":
        yield Finding(WARN, "address", f"{url} is not encrypted: tokens can be read on the way", "a certificate")
    else:
        yield Finding(OK, "address", str(url))
