"""Inserts that may be repeated: what is there already stays, or is brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert


def insert_new(tx: AsyncConnection, table: Table) -> Insert:
    """Return an insert that leaves a row alone whose key is there already."""
    return _insert_new(table, tx.dialect.name)


def insert_or_update(tx: AsyncConnection, table: Table) -> Insert:
    """Return an insert that replaces all but the key of a row whose key is there already."""
    return _insert_or_update(table, tx.dialect.name)


async def send_many(tx: AsyncConnection, insert: Insert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Send many rows, each a tuple in the order of the table's columns, of types that both drivers take as they are.

    For what is written every second: it spares SQLAlchemy's handling of each parameter, a third of the whole.
    """
    await tx.exec_driver_sql(_driver_sql(insert, tx.dialect), list(rows))


@lru_cache(maxsize=16)
def _driver_sql(insert: Insert, dialect: Dialect) -> str:
    return str(insert.compile(dialect=dialect))


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
