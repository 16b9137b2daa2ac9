"""Reference databases of toxin proteins: where they come from, how they are cleaned, which one is in use."""
