"""A mail server on loopback, the connector's settings for it, a certificate, and a clock that stands still."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.email.config import EmailSettings
from connectors.email.standin import EmailStandin
from vocbot.sdk.ports import Context


@dataclass
class Clock:
    time: datetime = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def after_real(self, seconds: float) -> datetime:
        return self.time + timedelta(seconds=seconds)


@pytest.fixture
def context() -> Context:
    return Context("email", Clock())


@pytest.fixture
def server(tmp_path: Path, context: Context) -> Iterator[EmailStandin]:
    standin = EmailStandin(tmp_path / "mail.jsonl", context.clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def settings(server: EmailStandin) -> EmailSettings:
    return EmailSettings.model_validate(server.settings())


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


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
