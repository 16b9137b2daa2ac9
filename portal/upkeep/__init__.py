"""Maintenance of a whole JOBS_DIR: back it up while the portal runs, restore it, check everything in it."""
