"""Fixtures of the tests of production."""

from processes.fixtures import catalog_url, nursery, postgres

__all__ = ["catalog_url", "nursery", "postgres"]
