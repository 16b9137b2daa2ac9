"""SLURM's commands counted and timed."""

from __future__ import annotations

from slurm import command
from slurm.scheduler import SlurmScheduler


class CountingScheduler(SlurmScheduler):
    """Adds up what its commands cost."""

    commands = 0
    commands_s = 0.0

    def _run(self, argv: list[str]) -> command.CommandResult:
        result = super()._run(argv)
        self.commands += 1
        self.commands_s += result.duration_s
        return result
