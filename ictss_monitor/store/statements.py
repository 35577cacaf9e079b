"""Inserts that may be repeated: what is there already stays, or is brought up to date."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert


def insert_new(tx: AsyncConnection, table: Table) -> Insert:
    """Return an insert that leaves a row alone whose key is there already."""
    return _insert_new(table, tx.dialect.name)


def insert_or_update(tx: AsyncConnection, table: Table) -> Insert:
    """Return an insert that replaces all but the key of a row whose key is there already."""
    return _insert_or_update(table, tx.dialect.name)


# Built once: building one takes longer than sending a row.


@cache
def _insert_new(table: Table, dialect: str) -> Insert:
    return _insert(table, dialect).on_conflict_do_nothing()


@cache
def _insert_or_update(table: Table, dialect: str) -> Insert:
    insert = _insert(table, dialect)
    rest = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)


def _insert(table: Table, dialect: str) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
