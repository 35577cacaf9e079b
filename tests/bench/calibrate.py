"""What a machine's own part of a probe costs, without a monitor: prints µs CPU of each as one line of JSON.

    python tests/bench/calibrate.py PORTS

PORTS is what `targets.py` prints. With these, figures of one machine can be compared with those of another one.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from targets import ADDRESSES, SERVER_NAME

from probes._icmp_packet import IPV4, EchoRequest

TIMES = 200


def cost(exchange: Callable[[], None]) -> float:
    """Return the µs CPU of one exchange, the median of many."""
    used = []
    for _ in range(TIMES):
        before = time.process_time_ns()
        exchange()
        used.append((time.process_time_ns() - before) / 1000)
    return median(used)


def connecting(port: int) -> Callable[[], None]:
    """Return what connects and closes."""
    return lambda: socket.create_connection((ADDRESSES[0], port)).close()


def shaking_hands(port: int, ca_file: str) -> Callable[[], None]:
    """Return what connects, agrees on TLS, verifies the server's certificate, and closes."""
    context = ssl.create_default_context(cafile=ca_file)

    def exchange() -> None:
        with socket.create_connection((ADDRESSES[0], port)) as plain:
            context.wrap_socket(plain, server_hostname=SERVER_NAME).close()

    return exchange


def pinging() -> Callable[[], None]:
    """Return what sends an echo request, and waits for the reply; by a raw socket where there is no other."""
    message = EchoRequest(IPV4, os.getpid() & 0xFFFF, 56).message(1, 1)
    try:
        pinger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
        kind_at = 0
    except PermissionError:
        pinger = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        kind_at = 20  # behind the header of IP

    def exchange() -> None:
        pinger.sendto(message, (ADDRESSES[0], 0))
        while pinger.recv(256)[kind_at] != IPV4.reply:  # a raw socket hears the request as well
            pass

    return exchange


def main() -> None:
    """Measure and print."""
    ports: dict[str, Any] = json.loads(sys.argv[1])
    exchanges = {
        "tls": shaking_hands(ports["https"], ports["ca_file"]),
        "connect": connecting(ports["tcp"]),
        "icmp": pinging(),
    }
    print(json.dumps({name: cost(exchange) for name, exchange in exchanges.items()}))


if __name__ == "__main__":
    main()
