from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from eventum_core.model import Chunk, Event
from eventum_core.outputs.sqlite import Sqlite
from eventum_core.plugin import Run


@pytest.fixture
def hasty_run(run: Run) -> Run:
    """The same run, which waits for nothing longer than a moment."""
    return replace(run, write_timeout=0.05)


@pytest.fixture
def chunk(run: Run) -> Callable[..., Chunk]:
    """Make a chunk of texts, one event a second, numbered from `first`."""

    def chunk(*texts: str, first: int = 0) -> Chunk:
        events = [
            Event(run.now + timedelta(seconds=ordinal), text, ("web",), ordinal, 0)
            for ordinal, text in enumerate(texts, first)
        ]
        return Chunk(list(texts), events)

    return chunk


@pytest.fixture
def database(tmp_path):
    """A connection of somebody else's to the database the tests write to."""
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def read(database):
    """Read all of a table in its order, or some columns of it."""

    def read(table, columns="*"):
        return database.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()

    return read


@pytest.fixture
def store(run):
    """Write chunks in one run; give the failures of the last."""

    def store(options, *chunks):
        failures = None
        with Sqlite(**{"url": "a.db", **options}).open(run) as write:
            for chunk in chunks:
                failures = write(chunk)
        return [(failure.item, failure.reason) for failure in failures or ()]

    return store


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, ``c.pem``, signed by itself; its key lies beside it."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "c.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "k.pem").write_bytes(secret)
    return folder / "c.pem"
