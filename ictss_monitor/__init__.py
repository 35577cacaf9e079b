"""Availability monitor for councils' shared ICT services."""

__version__ = "0.1.0"
