"""A mailbox on loopback, the connector's settings for it, a way to make mail, and a certificate."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.imap.config import ImapSettings
from connectors.imap.poll_source import ImapPoll
from connectors.imap.record import Kept
from connectors.imap.standin import ImapStandin
from vocbot.sdk.events import Event
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound, Page, Record

Read = Callable[..., Event]


@pytest.fixture
def context(clock: HandClock) -> Context:
    return Context("mailbox", clock, 2.0)


@pytest.fixture
def server(tmp_path: Path, clock: HandClock) -> Iterator[ImapStandin]:
    standin = ImapStandin(tmp_path / "imap.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def settings(server: ImapStandin) -> ImapSettings:
    return ImapSettings.model_validate(server.settings())


@pytest.fixture
def source(settings: ImapSettings, context: Context) -> ImapPoll:
    return ImapPoll(settings, context)


@pytest.fixture
def drain(context: Context) -> Callable[..., tuple[list[Record], str]]:
    """Polls until there is no more: the records, and the cursor."""

    def drained(source: ImapPoll, cursor: str | None = None) -> tuple[list[Record], str]:
        records: list[Record] = []
        for _ in range(50):
            page: Page = source.poll(cursor)
            records += page.records
            cursor = page.cursor
            if not page.more:
                return records, cursor
        raise AssertionError("no end")

    return drained


@pytest.fixture
def means(context: Context) -> Callable[[ImapPoll, Record], Event]:
    """What a record means."""

    def meant(source: ImapPoll, record: Record) -> Event:
        [event] = source.parse(Inbound("poll", record.event_id, record.body, {}, context.clock.now()))
        return event

    return meant


@pytest.fixture
def read(context: Context) -> Read:
    """What a mail (its bytes, lines ending as they like) means, with settings of a mailbox and changes to them."""

    def reads(raw: bytes | str, received: datetime | None = None, cut: bool = False, **changes: Any) -> Event:
        plain = {"host": "127.0.0.1", "security": "none", "username": "u", "password": "a-password"}
        settings = ImapSettings.model_validate({**plain, "own_addresses": ["help@acme.example"], **changes})
        data = raw.encode() if isinstance(raw, str) else raw
        kept = Kept("INBOX", received or context.clock.now(), cut).record(data)
        inbound = Inbound("poll", kept.event_id, kept.body, {}, context.clock.now())
        [event] = ImapPoll(settings, context).parse(inbound)
        return event

    return reads


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with a key and a certificate for 127.0.0.1, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file
