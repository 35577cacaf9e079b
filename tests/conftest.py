"""What every test may ask for: a real PostgreSQL, and a fresh store on it and on SQLite."""

import os

from hypothesis import settings

pytest_plugins = ["support.postgres", "support.stores"]

# In CI the same examples each time: what lands must not depend on luck. Everywhere else new ones are looked for.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")
