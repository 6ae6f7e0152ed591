"""Fixtures of the long tests."""

from processes.fixtures import nursery, postgres

__all__ = ["nursery", "postgres"]
