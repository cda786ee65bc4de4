"""Measurements, as commands: each prints a table and writes bench-results/NAME.json. Compare ratios within one run."""
