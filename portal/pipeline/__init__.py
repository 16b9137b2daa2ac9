"""The stages of a task: what the job runs, and commands."""

import os

# A notebook names a backend in the environment of its terminals that only the notebook has, and without it matplotlib
# cannot be imported. Pictures are written into files and need none.
os.environ.pop("MPLBACKEND", None)
