"""What the benchmarks of quality rest on."""
