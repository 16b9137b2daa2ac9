"""Adopt a copied, restored or moved folder as a separate installation."""

from __future__ import annotations

import click

from portal.cli.admin.group import admin, json_option, print_json, service


@admin.command("adopt-folder")
@json_option
def adopt_folder(as_json: bool) -> None:
    """Adopt JOBS_DIR, which was copied, restored or moved, as the folder of a separate installation."""
    from portal.files.site import Installation, adopt, why_not_ours

    admin_service = service()
    reason = why_not_ours(admin_service.portal)
    if reason is None:
        site_id = Installation.read(admin_service.portal).site_id
    else:
        admin_service.note("adopt folder", reason=str(reason))
        site_id = adopt(admin_service.portal).site_id
    if as_json:
        print_json({"adopted": reason is not None, "site": site_id})
    elif reason is None:
        click.echo(f"nothing to do: the folder of {site_id} is where it was")
    else:
        click.echo(f"adopted as {site_id}; a poller that stands still begins within seconds")
