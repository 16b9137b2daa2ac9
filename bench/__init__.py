"""Benchmarks: ratios measured within one run, not tests. `make bench` runs all."""
