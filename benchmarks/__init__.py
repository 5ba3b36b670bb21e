"""Measurements, each a module to run: `make bench` runs them all."""
