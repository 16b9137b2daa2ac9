"""`btportal doctor`: checks of the installation: its files, a page and a report, and packages with the same name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import packages_distributions, version
from pathlib import Path

import portal
from portal.cli.finding import FAIL, OK, Finding
from portal.config import Settings

DISTRIBUTION = "bttoxin-portal"
CLIENT = "bttoxin"  # a separate distribution, whose package the portal includes
_REINSTALL = f"pip install --force-reinstall --no-deps {DISTRIBUTION}"


def check_installation(settings: Settings) -> Iterator[Finding]:
    """Check the files that requests and jobs need by rendering a page and a report."""
    from portal.bootstrap import build_web, templates_dir
    from portal.web.app import create_app

    # The portal's folder and secret are not used: another user may run the doctor.
    with tempfile.TemporaryDirectory() as folder:
        scratch = replace(settings, JOBS_DIR=Path(folder), REDIS_URL="", PORTAL_SECRET="doctor" * 8, ADMIN_SECRET="")
        try:
            parts = build_web(scratch)
            create_app(scratch, parts, templates=templates_dir())
        except Exception as error:  # an incomplete installation may raise anything
            message = f"the web process cannot start: {type(error).__name__}: {error}"
            yield Finding(FAIL, "installation", message, _REINSTALL)
            return
        health = parts.installation()
    yield Finding(OK if health.state == "ok" else FAIL, "installation", str(health.message), _REINSTALL)


def check_namesakes(_settings: Settings) -> Iterator[Finding]:
    """Check for other distributions with packages called `portal` or `slurm`, which the package index has."""
    installed = packages_distributions()
    for package in ("portal", "slurm"):
        others = sorted({name for name in installed.get(package, ()) if name != DISTRIBUTION})
        if others:
            named = ", ".join(f"{name} {version(name)}" for name in others)
            message = f"{named} installs into the same package '{package}': files of the two are mixed"
            mend = f"pip uninstall -y {' '.join(others)} && {_REINSTALL}; better, an environment for the portal alone"
            yield Finding(FAIL, "namesake", message, mend)
    if CLIENT in installed.get("bttoxin", ()) and version(CLIENT) != version(DISTRIBUTION):
        message = f"{CLIENT} {version(CLIENT)} has put its files over those of {DISTRIBUTION} {version(DISTRIBUTION)}"
        mend = f"pip uninstall -y {CLIENT} && {_REINSTALL}; the portal brings the client along"
        yield Finding(FAIL, "namesake", message, mend)
    if DISTRIBUTION in installed.get("portal", ()) and version(DISTRIBUTION) != portal.__version__:
        where = Path(str(portal.__file__)).parent
        message = f"{where} is version {portal.__version__}, {DISTRIBUTION} {version(DISTRIBUTION)} is installed"
        yield Finding(FAIL, "namesake", message, f"start btportal outside of {where.parent}, and look at PYTHONPATH")
