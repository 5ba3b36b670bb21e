"""The daemon: composition root, lifecycle, HTTP API, websockets, command line."""
