"""The stages of a task, as run by jobs and by commands."""

import os

# A notebook sets a backend in the environment of its terminals that exists only inside the notebook; matplotlib then
# cannot be imported. Pictures are written to files and need no such backend.
os.environ.pop("MPLBACKEND", None)
