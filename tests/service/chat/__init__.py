"""Tests of the visitors' side of web chat."""
