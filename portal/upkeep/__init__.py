"""What an operator does with a whole JOBS_DIR: back it up while the portal runs, restore it, check all in it."""
