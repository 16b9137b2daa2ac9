"""Name the packages; all else is in setup.cfg, which cannot add one to those that it finds."""

from setuptools import find_packages, setup

# `templates/` at the top is the package `portal.templates`, by `package_dir` in setup.cfg.
setup(packages=[*find_packages(include=["portal", "portal.*", "slurm", "slurm.*"]), "portal.templates"])
