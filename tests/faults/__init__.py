"""Daemons and servers killed, frozen and flooded under load, and what must be true afterwards."""
