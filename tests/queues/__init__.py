"""Tests of everything in Redis, on a real server."""
