"""Benchmarks: figures as ratios in one run, never tests. `make bench` runs all."""
