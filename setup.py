"""Name the packages; all else is in setup.cfg, which cannot add one to those that it finds."""

from setuptools import find_packages, setup

# By `package_dir` in setup.cfg, `templates/` at the top is the package `portal.templates`, and `client/src/bttoxin` is
# the client `bttoxin`, which is a distribution of its own as well.
setup(packages=[*find_packages(include=["portal", "portal.*", "slurm", "slurm.*"]), "portal.templates", "bttoxin"])
