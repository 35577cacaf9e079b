"""A small certificate authority for tests: certificates that are good, expired, not valid yet, or for another name."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # validity is compared with the real calendar


class Authority:
    """Signs certificates for servers; `ca_file` is what a client must trust. Files are kept in `folder`."""

    def __init__(self, folder: Path, name: str = "Test authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = (
            self._begun(self._name, self._key.public_key(), NOW - timedelta(days=30), NOW + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(self._identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.ca_file = folder / f"{name}.pem".replace(" ", "-")
        self.ca_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def server(self, *names: str, days: float = 90, begins: float = -1) -> ssl.SSLContext:
        """Return a server's context with a certificate for `names`, valid from `begins` until `days` days from now."""
        return _context(self.server_file(*names, days=days, begins=begins))

    def server_file(self, *names: str, days: float = 90, begins: float = -1) -> Path:
        """Return the file with the same certificate and, before it, its key, for a server that is another program."""
        key = ec.generate_private_key(ec.SECP256R1())
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        made = (
            self._begun(subject, key.public_key(), NOW + timedelta(days=begins), NOW + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return self._file(made, key)

    def self_signed(self, name: str) -> ssl.SSLContext:
        """Return a server's context with a certificate that only vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            self._begun(subject, key.public_key(), NOW - timedelta(days=1), NOW + timedelta(days=90), issuer=subject)
            .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        return _context(self._file(made, key))

    def _begun(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        begins: datetime,
        ends: datetime,
        issuer: x509.Name | None = None,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(begins, ends - timedelta(hours=1)))
            .not_valid_after(ends)
        )

    def _file(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Path:
        path = self._folder / f"{certificate.serial_number}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return path


def _context(path: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
