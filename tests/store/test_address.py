"""A store's URL is read leniently, refused clearly, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ictss_monitor.errors import StoreError
from ictss_monitor.store.address import parse_address


@pytest.mark.parametrize(
    ("url", "driver", "name"),
    [
        ("sqlite:///store.sqlite", "sqlite+aiosqlite", "store.sqlite"),
        ("sqlite+aiosqlite:////var/lib/m/store.sqlite", "sqlite+aiosqlite", "/var/lib/m/store.sqlite"),
        ("postgresql://u:p4ss@db.example:5433/m", "postgresql+asyncpg", "postgresql://db.example:5433/m"),
        ("postgresql+asyncpg://u@db.example/m", "postgresql+asyncpg", "postgresql://db.example:5432/m"),
        ("postgres://u@db.example/m", "postgresql+asyncpg", "postgresql://db.example:5432/m"),
        ("postgresql:///m?host=/run/postgresql", "postgresql+asyncpg", "postgresql:///run/postgresql:5432/m"),
    ],
)
def test_a_url_is_given_its_asynchronous_driver(url: str, driver: str, name: str) -> None:
    """Without a driver, or with ours, the URL means the same, and its name shows no user or password."""
    address = parse_address(url)

    assert address.url.drivername == driver
    assert address.name == name


def test_the_option_of_libpq_for_encryption_is_understood() -> None:
    """`sslmode`, as every other PostgreSQL program spells it, reaches the driver under the driver's name."""
    assert dict(parse_address("postgresql://u@db.example/m?sslmode=verify-full").url.query) == {"ssl": "verify-full"}


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "the store's URL cannot be read: write sqlite:///FILE or postgresql://"),
        ("s3cret", "the store's URL cannot be read"),
        ("postgresql://u:s3cret@db:port/m", "the store's URL cannot be read"),
        ("mysql://u:s3cret@db/m", "begins with 'mysql': expected 'sqlite' or 'postgresql'"),
        ("postgresql+psycopg://u:s3cret@db/m", r"begins with 'postgresql\+psycopg': expected"),
        ("postgresql://u:s3cret@db/m?sslmod=x", "unknown option 'sslmod': known are host, passfile"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://store.sqlite", "three slashes"),
    ],
)
def test_a_url_that_means_no_store_is_refused(url: str, message: str) -> None:
    """The message says what was expected, in one line, and holds no secret."""
    with pytest.raises(StoreError, match=message) as refused:
        parse_address(url)

    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("name", ["a b.sqlite", "50%.sqlite", "what?.sqlite", "#1.sqlite", "ü.sqlite"])
def test_any_file_name_survives_as_part_of_a_uri(tmp_path: Path, name: str) -> None:
    """Characters that mean something in a URI are quoted where the file is opened."""
    url = parse_address("sqlite:///x").url.set(database=str(tmp_path / name))
    database = parse_address(url.render_as_string()).for_access("rw").database

    assert database is not None
    assert database.startswith("file:/")
    assert not set(database[5:]) & set(" ?#ü")
