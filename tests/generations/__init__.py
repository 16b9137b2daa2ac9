"""The tests of SLURM on the SLURM of other Debian suites, each in a root of its own below var/generations."""
