"""DHCP options as people write them: by name or number, their values as addresses, texts, numbers or octets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final, Literal, TypeAlias

Form: TypeAlias = Literal["addresses", "text", "number", "octets"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One option of RFC 2132 or its successors."""

    code: int
    name: str
    form: Form


KINDS: Final = (
    Kind(1, "subnet_mask", "addresses"),
    Kind(3, "router", "addresses"),
    Kind(4, "time_server", "addresses"),
    Kind(6, "dns", "addresses"),
    Kind(7, "log_server", "addresses"),
    Kind(12, "host_name", "text"),
    Kind(15, "domain", "text"),
    Kind(26, "mtu", "number"),
    Kind(28, "broadcast", "addresses"),
    Kind(42, "ntp", "addresses"),
    Kind(43, "vendor", "octets"),
    Kind(44, "wins", "addresses"),
    Kind(51, "lease", "number"),
    Kind(54, "server", "addresses"),
    Kind(58, "renewal", "number"),
    Kind(59, "rebinding", "number"),
    Kind(66, "tftp_server", "text"),
    Kind(67, "boot_file", "text"),
    Kind(100, "zone_posix", "text"),
    Kind(101, "zone_name", "text"),
    Kind(150, "tftp_addresses", "addresses"),
    Kind(252, "proxy_configuration", "text"),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
BY_CODE: Final = {kind.code: kind for kind in KINDS}
LONGEST_SHOWN: Final = 80


def kind_of(name: str) -> Kind:
    """Return the option called `name`, or numbered so. Raises ValueError for one that there is not."""
    if name in BY_NAME:
        return BY_NAME[name]
    if name.isascii() and name.isdecimal() and 0 < int(name) < 255:
        return BY_CODE.get(int(name)) or Kind(int(name), f"option {int(name)}", "octets")
    raise ValueError(f"'{name}' is no option of DHCP; write its number (1 to 254) or one of {', '.join(BY_NAME)}")


def octets_of(kind: Kind, value: str) -> bytes:
    """Return what is on the wire for one `value` of an option. Raises ValueError where it cannot be one.

    Octets are written as hexadecimal digits after `0x`; any other text stands for itself.
    """
    match kind.form:
        case "addresses":
            try:
                return IPv4Address(value).packed
            except ValueError:
                raise ValueError(f"'{value}' is not an IPv4 address, which {kind.name} takes") from None
        case "number":
            if not (value.isascii() and value.isdecimal() and int(value) < 1 << 32):
                raise ValueError(f"'{value}' is not a number, which {kind.name} takes")
            return int(value).to_bytes(2 if kind.name == "mtu" else 4)
        case "text" | "octets":
            if value.startswith("0x"):
                return bytes.fromhex(value[2:])
            return value.encode()


def fits(kind: Kind, told: bytes, expected: frozenset[bytes]) -> bool:
    """Tell whether an option holds exactly the values `expected`, in any order; without any, that it is there."""
    if not expected:
        return True
    if kind.form == "addresses":
        return len(told) % 4 == 0 and {told[at : at + 4] for at in range(0, len(told), 4)} == expected
    return expected == {_trimmed(kind, told)}


def _trimmed(kind: Kind, told: bytes) -> bytes:
    return told.rstrip(b"\0") if kind.form == "text" else told  # some servers send C strings


def shown(kind: Kind, told: bytes) -> str:
    """Return the value of an option for a person to read, cut where it is long."""
    text = _SHOWERS[kind.form](_trimmed(kind, told))
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _addresses(told: bytes) -> str:
    if len(told) % 4 or not told:
        return _octets(told)
    return ", ".join(str(IPv4Address(told[at : at + 4])) for at in range(0, len(told), 4))


def _octets(told: bytes) -> str:
    return f"0x{told.hex()}"


_SHOWERS: Final[dict[Form, Callable[[bytes], str]]] = {
    "addresses": _addresses,
    "octets": _octets,
    "number": lambda told: str(int.from_bytes(told)),
    "text": lambda told: repr(told.decode("utf-8", "backslashreplace")),
}
