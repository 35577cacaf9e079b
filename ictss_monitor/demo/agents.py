"""Servers of the demo that speak over UDP: DNS, SIP, and the SNMP agent of a UPS whose mains can fail."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, Final, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from ictss_monitor.demo.plan import Mode
from ictss_monitor.demo.servers import Running

NAME: Final = "www.northshire.example."
ADDRESS: Final = "192.0.2.80"


class DatagramServer(Running):
    """What all servers over UDP share; a kind says in `answer` what it replies to a datagram."""

    _transport: asyncio.DatagramTransport | None = None

    @abstractmethod
    def answer(self, data: bytes) -> bytes | None:
        """Return the reply to `data`; None for none."""

    async def listen(self) -> None:
        """Take the address, and the same port as before if there was one."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answering(self), local_addr=(self.server.host, self.port)
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    async def close(self) -> None:
        """Leave the address."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            await asyncio.sleep(0)  # the transport gives its socket back in the next turn of the loop


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, server: DatagramServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # asyncio's own does not inherit it in 3.11

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = None if self._server.mode is Mode.MUTE else self._server.answer(data)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


class NameServer(DatagramServer):
    """Answers one question with one address."""

    def answer(self, data: bytes) -> bytes:
        """Return the response to a query."""
        query = dns.message.from_wire(data)
        response = dns.message.make_response(query, recursion_available=True)
        response.flags |= dns.flags.AA
        if self.mode is Mode.ERROR:
            response.set_rcode(dns.rcode.SERVFAIL)
        else:
            address = "198.51.100.66" if self.mode is Mode.WRONG else ADDRESS
            response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", address))
        return response.to_wire()


class TelephonyServer(DatagramServer):
    """Answers SIP's OPTIONS (RFC 3261), and nothing else of it."""

    COPIED: Final = ("via", "from", "call-id", "cseq")

    def answer(self, data: bytes) -> bytes:
        """Return the final response to a request."""
        lines = data.decode().split("\r\n\r\n")[0].split("\r\n")[1:]
        fields = [line.partition(":") for line in lines]
        status = "503 Service Unavailable" if self.mode is Mode.ERROR else "200 OK"
        reply = [f"SIP/2.0 {status}"]
        reply += [f"{name}:{value}" for name, _, value in fields if name.strip().lower() in self.COPIED]
        reply += [f"{name}:{value};tag=demo" for name, _, value in fields if name.strip().lower() == "to"]
        return "\r\n".join([*reply, "Server: demo exchange", "Content-Length: 0", "", ""]).encode()


class PowerAgent(DatagramServer):
    """The SNMP agent (v2c) of a UPS, by UPS-MIB (RFC 1628): on mains, or on a battery that is nearly empty."""

    UPS_MIB: Final = (1, 3, 6, 1, 2, 1, 33)
    COMMUNITY: Final = "demo"

    def objects(self) -> Mapping[tuple[int, ...], Any]:
        """Return what the card says now, by OID."""
        from pysnmp.proto import rfc1902

        on_battery = self.mode is Mode.BATTERY
        numbers = {
            (1, 2, 1, 0): 3 if on_battery else 2,  # upsBatteryStatus: low, normal
            (1, 2, 2, 0): 90 if on_battery else 0,  # upsSecondsOnBattery
            (1, 2, 3, 0): 2 if on_battery else 90,  # upsEstimatedMinutesRemaining
            (1, 2, 4, 0): 12 if on_battery else 100,  # upsEstimatedChargeRemaining
            (1, 3, 2, 0): 1,  # upsInputNumLines
            (1, 3, 3, 1, 3, 1): 0 if on_battery else 231,  # upsInputVoltage
            (1, 4, 1, 0): 5 if on_battery else 3,  # upsOutputSource: battery, normal
            (1, 4, 4, 1, 5, 1): 38,  # upsOutputPercentLoad
            (1, 6, 1, 0): int(on_battery),  # upsAlarmsPresent
        }
        held: dict[tuple[int, ...], Any] = {
            (1, 3, 6, 1, 2, 1, 1, 2, 0): rfc1902.ObjectIdentifier(self.UPS_MIB),
            (1, 3, 6, 1, 2, 1, 1, 3, 0): rfc1902.TimeTicks(8_640_000),
        }
        return held | {self.UPS_MIB + end: rfc1902.Integer32(value) for end, value in numbers.items()}

    def answer(self, data: bytes) -> bytes | None:
        """Return the response to Get, GetNext or GetBulk of the right community."""
        from pyasn1.codec.ber import decoder, encoder
        from pysnmp.proto import api

        v2c = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
        request, _ = decoder.decode(data, asn1Spec=v2c.Message())
        if str(v2c.apiMessage.get_community(request)) != self.COMMUNITY:
            return None
        asked = v2c.apiMessage.get_pdu(request)
        oids = [tuple(oid) for oid, _ in v2c.apiPDU.get_varbinds(asked)]
        response = v2c.apiMessage.get_response(request)
        if asked.isSameTypeWith(v2c.GetRequestPDU()):
            found = [self._get(oid) for oid in oids]
        elif asked.isSameTypeWith(v2c.GetBulkRequestPDU()):
            found = self._rows(oids, int(v2c.apiBulkPDU.get_max_repetitions(asked)))
        else:
            found = self._rows(oids, 1)
        v2c.apiPDU.set_varbinds(v2c.apiMessage.get_pdu(response), found)
        return bytes(encoder.encode(response))

    def _get(self, oid: tuple[int, ...]) -> tuple[tuple[int, ...], Any]:
        from pysnmp.proto.rfc1905 import noSuchObject

        return oid, self.objects().get(oid, noSuchObject)

    def _rows(self, oids: list[tuple[int, ...]], most: int) -> list[tuple[tuple[int, ...], Any]]:
        from pysnmp.proto.rfc1905 import endOfMibView

        held = self.objects()
        order = sorted(held)
        found: list[tuple[tuple[int, ...], Any]] = []
        for oid in oids:
            begin = bisect_right(order, oid)
            following = order[begin : begin + min(most, 50)]
            found += [(each, held[each]) for each in following] or [(oid, endOfMibView)]
        return found
