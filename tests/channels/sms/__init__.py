"""SMS without I/O."""
