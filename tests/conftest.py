"""What every test may ask for: a real PostgreSQL, and a fresh store on it and on SQLite."""

pytest_plugins = ["support.postgres", "support.stores"]
