"""Tests of the daemon and its parts."""
