"""Gates that `make check` runs, and their tests."""
