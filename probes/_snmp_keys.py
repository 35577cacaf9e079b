"""Keys, signatures and encryption of SNMP version 3 (RFC 3414, 3826, 7860), on pysnmp's making of keys and ciphers."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from pyasn1.type.univ import OctetString
from pysnmp.error import PySnmpError
from pysnmp.proto.secmod.rfc3414.localkey import hash_passphrase, localize_key

# From the module that uses them: those that make them import one another in a circle, and not every order works.
from pysnmp.proto.secmod.rfc3414.service import aes, aes192, aes256, des, hmacmd5, hmacsha, hmacsha2

from probes._ber import Malformed
from probes._snmp_options import User

SIGNED: Final = 0x01
ENCRYPTED: Final = 0x02


@dataclass(frozen=True, slots=True)
class Signing:
    """One way of signing: a hash, and how many octets of its HMAC are sent."""

    hash: Any
    octets: int
    id: tuple[int, ...]
    """What pysnmp's ciphers call it."""


SIGNING: Final = {
    "md5": Signing(hashlib.md5, 12, hmacmd5.HmacMd5.SERVICE_ID),
    "sha": Signing(hashlib.sha1, 12, hmacsha.HmacSha.SERVICE_ID),
    "sha224": Signing(hashlib.sha224, 16, hmacsha2.HmacSha2.SHA224_SERVICE_ID),
    "sha256": Signing(hashlib.sha256, 24, hmacsha2.HmacSha2.SHA256_SERVICE_ID),
    "sha384": Signing(hashlib.sha384, 32, hmacsha2.HmacSha2.SAH384_SERVICE_ID),
    "sha512": Signing(hashlib.sha512, 48, hmacsha2.HmacSha2.SHA512_SERVICE_ID),
}

# One object of each for the process: it counts the salts, of which none may be used twice with one key.
CIPHERS: Final[dict[str, Any]] = {
    "des": des.Des(),
    "aes128": aes.Aes(),
    "aes192": aes192.AesBlumenthal192(),
    "aes256": aes256.AesBlumenthal256(),
    "aes192c": aes192.Aes192(),
    "aes256c": aes256.Aes256(),
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one user at one agent."""

    user: User
    signing: bytes = field(repr=False)
    encrypting: bytes = field(repr=False)

    @property
    def flags(self) -> int:
        """How a message of this user is protected, as msgFlags says it."""
        return (SIGNED if self.signing else 0) | (ENCRYPTED if self.encrypting else 0)

    @property
    def signature_octets(self) -> int:
        """How long a signature is; 0 for a user whose messages are not signed."""
        return SIGNING[self.user.auth].octets if self.signing else 0

    def signature(self, wire: bytes) -> bytes:
        """Return the signature of `wire`, in which zeros stand where it will be."""
        return hmac.digest(self.signing, wire, SIGNING[self.user.auth].hash)[: self.signature_octets]

    def is_signed(self, wire: bytes, at: int, end: int) -> bool:
        """Tell whether `wire` has the right signature from `at` to `end`."""
        if end - at != self.signature_octets:
            return False
        unsigned = wire[:at] + bytes(end - at) + wire[end:]
        return hmac.compare_digest(wire[at:end], self.signature(unsigned))

    def encrypted(self, plain: bytes, boots: int, time: int) -> tuple[bytes, bytes]:
        """Return `plain` encrypted, and the salt that it takes to decrypt it."""
        cipher = CIPHERS[self.user.priv]
        text, salt = cipher.encrypt_data(OctetString(self.encrypting), (boots, time, None), plain)
        return bytes(text), bytes(salt)

    def decrypted(self, text: bytes, salt: bytes, boots: int, time: int) -> bytes:
        """Return `text` decrypted. Raises Malformed where it cannot have been encrypted so."""
        cipher = CIPHERS[self.user.priv]
        try:
            plain = cipher.decrypt_data(
                OctetString(self.encrypting), (boots, time, OctetString(salt)), OctetString(text)
            )
        except (PySnmpError, ValueError) as error:
            raise Malformed("it cannot be decrypted") from error
        return bytes(plain)


def keys_of(user: User, engine: bytes) -> Keys:
    """Return the keys of `user` at the agent with the id `engine`: each agent's are others (RFC 3414, 2.6)."""
    if user.auth == "none":
        return Keys(user, b"", b"")
    way = SIGNING[user.auth]
    signing = bytes(localize_key(_stretched(user.auth, user.auth_password), OctetString(engine), way.hash))
    if user.priv == "none":
        return Keys(user, signing, b"")
    stretched = OctetString(_stretched(user.auth, user.priv_password))
    return Keys(user, signing, bytes(CIPHERS[user.priv].localize_key(way.id, stretched, OctetString(engine))))


@lru_cache(maxsize=256)
def _stretched(auth: str, password: bytes) -> bytes:
    """Return the key that a password is stretched to, the same for all agents: 5 ms of CPU, so once for each."""
    return bytes(hash_passphrase(password, SIGNING[auth].hash))
