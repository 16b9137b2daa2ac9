"""Work that `bench.against` measures in two checkouts: run by each one's interpreter, with names that both have."""
