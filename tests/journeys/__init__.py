"""Whole paths through a running daemon, over its real sockets."""
