"""Duetime: omnichannel routing for customer-care teams, with one ordering by due time."""

__version__ = "0.1.0"
