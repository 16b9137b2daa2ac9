"""A portal's folder and its first start."""

from __future__ import annotations

from click.testing import CliRunner, Result

from portal.bootstrap import build_web
from portal.cli.main import cli
from portal.config import read_settings
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring, load_secret
from tests.builders import BuiltTask, make_task_on_disk


def variables(portal: PortalDir, **more: str) -> dict[str, str]:
    return {"JOBS_DIR": str(portal.jobs), "REDIS_URL": "", "PORTAL_SECRET": "", "LC_ALL": "C.UTF-8", **more}


def start(portal: PortalDir, **more: str) -> object:
    return build_web(read_settings(variables(portal, **more)), checks=())


def run(portal: PortalDir, *words: str, typed: str = "", **more: str) -> Result:
    return CliRunner().invoke(cli, ["admin", "new-secret", *words], env=variables(portal, **more), input=typed)


def with_task(portal: PortalDir) -> BuiltTask:
    return make_task_on_disk(portal, keyring=Keyring(load_secret(portal.secret, "")))
