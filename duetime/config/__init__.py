"""The settings and the routing configuration: their schema, loading and checking."""
