"""Tests mirror the source; `journeys` are whole paths through a running daemon, `faults` kill things."""
