"""What every test of the store may ask for."""

from support.postgres import postgres_server, postgres_url
from support.stores import database, store, store_url

__all__ = ["database", "postgres_server", "postgres_url", "store", "store_url"]
