"""Runs the migrations on the connection that `ictss_monitor.store.schema.upgrade` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from ictss_monitor.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
