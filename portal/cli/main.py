"""`btportal`: all commands by name; a command's module is imported when it is called, so that help is fast."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from portal import __version__
from portal.cli.refusal import said
from portal.cli.release import leave_the_link
from portal.domain.errors import PortalError
from portal.domain.message import Message
from portal.domain.os_errors import os_reason

# command -> (module, attribute, one line for the list)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "up": ("portal.cli.processes", "up", "Run web and poller together, with laptop defaults."),
    "serve": ("portal.cli.processes", "serve", "Run the web process."),
    "poller": ("portal.cli.processes", "poller", "Run the background process."),
    "doctor": ("portal.cli.doctor", "doctor", "Check everything that the portal needs, and say how to mend it."),
    "admin": ("portal.cli.admin", "admin", "Look at tasks and the cluster as an operator, and steer them."),
    "config": ("portal.cli.config", "config", "Show the settings, and check them for what will not be read."),
    "deploy": ("portal.cli.deploy", "deploy", "Write systemd units, the proxy's configuration and settings."),
    "notify-check": ("portal.cli.notify_check", "notify_check", "Mail the operators if the poller is silent."),
    "backup": ("portal.cli.upkeep", "backup", "Back up all tasks while the portal runs."),
    "verify-backup": ("portal.cli.upkeep", "verify_backup", "Check a backup against its checksums."),
    "restore": ("portal.cli.upkeep", "restore", "Restore a backup into an empty folder."),
    "upgrade": ("portal.cli.upgrade", "upgrade", "Check and use another version of the portal, or return."),
    "fsck": ("portal.cli.upkeep", "fsck", "Check all files of all tasks; nothing is changed."),
    "demo": ("portal.cli.demo", "demo", "Start a portal, send a genome through it, fetch the bundle, stop."),
    "submit": ("portal.cli.client", "submit", "Submit genomes to a portal."),
    "status": ("portal.cli.client", "status", "Show the state of a task."),
    "download": ("portal.cli.client", "download", "Download the bundle of a task."),
    "close": ("portal.cli.client", "close", "Close a run without the genomes that have not arrived."),
    "annotate": ("portal.cli.annotate", "annotate", "Write names, tags, notes and metadata of genomes."),
    "digger": ("portal.cli.digger", "digger", "Find toxin genes: the first stage alone."),
    "loci": ("portal.cli.loci", "loci", "Explain the toxin genes of a genome: whole, broken, cut, in pieces."),
    "screen": ("portal.cli.screen", "screen", "Screen a genome for the B. cereus group and its virulence genes."),
    "parity": ("portal.cli.digger", "parity", "Compare Digger with recorded output of the real tool."),
    "shoter": ("portal.cli.shoter", "shoter", "Predict targets from toxins: the second stage alone."),
    "validate": ("portal.cli.shoter", "validate", "Score published strains and compare with what is known of them."),
    "calibrate": ("portal.cli.shoter", "calibrate", "Fit what share of published strains acts at such a score."),
    "evidence": ("portal.cli.evidence", "evidence", "Show what scores rest on, as a table or a bibliography."),
    "specificity": ("portal.cli.specificity", "specificity", "Build, check and cite the table of specificities."),
    "plots": ("portal.cli.results", "plots", "Draw the pictures of finished stages."),
    "bundle": ("portal.cli.results", "bundle", "Write report and bundle of finished stages."),
    "verify-bundle": ("portal.cli.results", "verify_bundle", "Check a bundle against its manifest."),
    "compare": ("portal.cli.results", "compare", "Compare the results of several strains."),
    "reference": ("portal.cli.reference", "reference", "List, add, fetch, choose and verify toxin references."),
    "example": ("portal.cli.reference", "example", "Write a synthetic genome to try the portal with."),
}


class LazyGroup(click.Group):
    """A group that imports its commands on demand."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="btportal")
def cli() -> None:
    """Bacillus thuringiensis toxin portal: from a genome to likely targets, on SLURM or on this machine."""


def main() -> None:
    """Run the command line; report the portal's own errors, and files that cannot be used, in one line; exit code 1."""
    # Genomes, results, tokens and journals must not be readable by other accounts on the host.
    os.umask(0o077)
    leave_the_link(sys.argv[1:])
    try:
        cli(prog_name="btportal")
    except PortalError as error:
        click.echo(f"error: {said(error.message)}", err=True)
        for field, texts in error.errors.items():
            click.echo(f"  {field}: {'; '.join(map(said, texts))}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        message = Message("command.file", path=str(error.filename), reason=os_reason(error))
        click.echo(f"error: {said(message)}", err=True)
        sys.exit(1)
