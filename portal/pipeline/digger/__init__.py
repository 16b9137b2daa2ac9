"""Stage 1: find the toxin genes of a genome."""
