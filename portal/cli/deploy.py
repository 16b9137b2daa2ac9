"""`btportal deploy`: write the files that an operator installs with the portal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from portal.cli.refusal import said
from portal.config import Settings, read_settings
from portal.domain.address import PublicUrl
from portal.domain.errors import InvalidValue

_ABSOLUTE = click.Path(path_type=Path)


def _public_url(_context: click.Context, _parameter: click.Parameter, value: str) -> PublicUrl:
    try:
        return PublicUrl.parse(value)
    except InvalidValue as error:
        raise click.BadParameter(said(error.message)) from error


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--public-url", required=True, callback=_public_url, help="Address that people will use.")
@click.option("--jobs-dir", type=_ABSOLUTE, help="Folder of the tasks.  [default: JOBS_DIR]")
@click.option("--reference-dir", type=_ABSOLUTE, help="Folder of the references.  [default: below the tasks]")
@click.option("--install-dir", type=_ABSOLUTE, help="Virtual environment of the portal.  [default: this one]")
@click.option(
    "--env-file",
    type=_ABSOLUTE,
    default=Path("/etc/bttoxin/portal.env"),
    show_default=True,
    help="Where the settings will lie.",
)
@click.option("--user", default="bttoxin", show_default=True, help="Account of both services.")
@click.option("--group", default="bttoxin", show_default=True, help="Group of both services.")
@click.option("--proxy-group", default="www-data", show_default=True, help="Group that may open the web socket.")
@click.option(
    "--backup-dir",
    type=_ABSOLUTE,
    default=Path("/var/backups/bttoxin"),
    show_default=True,
    help="Where backups will lie.",
)
@click.option(
    "--executor", type=click.Choice(["local", "slurm"]), default="local", show_default=True, help="Where tasks run."
)
@click.option("--redis-url", default="", help="Cache of records.  [default: none]")
@click.option(
    "--certificate", type=_ABSOLUTE, default=Path("/etc/ssl/certs/bttoxin.pem"), show_default=True, help="For https."
)
@click.option(
    "--certificate-key",
    type=_ABSOLUTE,
    default=Path("/etc/ssl/private/bttoxin.key"),
    show_default=True,
    help="Its key.",
)
def deploy(
    folder: Path,
    public_url: PublicUrl,
    jobs_dir: Path | None,
    reference_dir: Path | None,
    install_dir: Path | None,
    env_file: Path,
    user: str,
    group: str,
    proxy_group: str,
    backup_dir: Path,
    executor: str,
    redis_url: str,
    certificate: Path,
    certificate_key: Path,
) -> None:
    """Write systemd units, proxy configuration, settings and a container recipe to FOLDER.

    Nothing is installed; docs/operate/install.md describes the next steps.
    """
    from portal.deploy.write import Deployment, write_deployment

    settings = read_settings()
    deployment = Deployment(
        public_url=public_url,
        jobs_dir=(jobs_dir or settings.JOBS_DIR).absolute(),
        reference_dir=reference_dir.absolute() if reference_dir else _outside(settings),
        install_dir=(install_dir or _own_path()).absolute(),
        env_file=env_file.absolute(),
        user=user,
        group=group,
        proxy_group=proxy_group,
        backup_dir=backup_dir.absolute(),
        executor=executor,
        redis_url=redis_url,
        certificate=certificate.absolute(),
        certificate_key=certificate_key.absolute(),
        max_upload_mb=settings.MAX_UPLOAD_MB,
    )
    for path in write_deployment(deployment, folder):
        click.echo(path)


def _own_path() -> Path:
    """Return this environment, by the link that leads to whichever release is in use."""
    from portal.upkeep.releases import CURRENT, Release, Releases

    own = Path(sys.prefix)
    releases = Releases.around(own)
    return releases.prefix / CURRENT if releases.current == Release(own) else own


def _outside(settings: Settings) -> Path | None:
    return settings.REFERENCE_DIR.absolute() if settings.REFERENCE_DIR else None
