"""The demo's catalogue, written as a person would write it, for the servers at the ports they took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.demo.agents import ADDRESS as ANSWER
from ictss_monitor.demo.agents import NAME
from ictss_monitor.demo.estate import GREETING, PAGE
from ictss_monitor.demo.plan import (
    FALL,
    INTERVAL,
    PROMISES,
    RETRY_INTERVAL,
    RISE,
    SERVERS,
    TIME_LIMIT,
    Promise,
    Protocol,
    Server,
)


def write(ports: Mapping[str, int], authority: str, store: str, listen: str, since: Instant) -> str:
    """Return the catalogue as YAML; the services exist from `since` on, so that the month begins with the demo."""
    pace = {
        "interval": f"{INTERVAL:g}s",
        "time_limit": f"{TIME_LIMIT * 1000:g}ms",
        "retry_interval": f"{RETRY_INTERVAL * 1000:g}ms",
        "fall": FALL,
        "rise": RISE,
    }
    document: dict[str, Any] = {
        "settings": {"store": store, "listen": listen, "minimum_coverage": 50, "stop_grace": "1s"},
        "defaults": {
            "tcp": {**pace, "options": {"expect": GREETING.decode().strip()}},
            "http": {**pace, "options": {"body_contains": PAGE[:12]}},
            "dns": {**pace, "options": {"name": NAME, "type": "A", "expect_any": [ANSWER]}},
            "smtp": {**pace},
            "sip": {**pace},
            "ups": {
                **pace,
                "options": {"community": "file:community"},
                "down": {"runtime_minutes": {"below": 5, "when": "on_battery"}},
            },
        },
        "councils": {"northshire": {"name": "Northshire"}, "southshire": {"name": "Southshire"}},
        "sites": {
            "north-data-centre": {"name": "North data centre"},
            "south-data-centre": {"name": "South data centre"},
        },
        "checks": {server.name: _check(server, ports[server.name], authority) for server in SERVERS},
        "services": {name: {"from": _iso(since), **service} for name, service in _services().items()},
        "areas": {
            "voice": {"name": "Telephony", "services": ["telephony", "contact-centre", "switchboard"]},
            "online": {"name": "Web and mail", "services": ["website", "planning", "payments", "email"]},
            "network": {"name": "Network and power", "services": ["name-service", "power"]},
        },
        "baskets": {
            "critical": {
                "name": "Critical systems",
                "areas": ["voice", "online", "network"],
                "combine": "sum",
            }
        },
        "targets": [{"service": service, "percent": 99.9} for service in _services()]
        + [{"basket": "critical", "percent": 95}],
        "unwatched": {
            "generator": {
                "name": "Stand-by generator",
                "why": "the demo has no server that speaks its protocol",
                "site": "north-data-centre",
            }
        },
    }
    return yaml.safe_dump(document, sort_keys=False)


def _iso(instant: Instant) -> str:
    return to_datetime(instant).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check(server: Server, port: int, authority: str) -> dict[str, Any]:
    end = f"{server.host}:{port}"
    match server.protocol:
        case Protocol.HTTP:
            return {"probe": "http", "address": f"http://{end}/", "site": server.site}
        case Protocol.HTTPS:
            check = {"probe": "http", "address": f"https://{end}/", "site": server.site}
            return {**check, "options": {"ca_file": authority}}
        case Protocol.SNMP:
            return {"probe": "ups", "address": end, "site": server.site}
        case _:
            return {"probe": server.protocol.value, "address": end, "site": server.site}


def _services() -> dict[str, Any]:
    services: dict[str, Any] = {}
    for promise in PROMISES:
        name = promise.service.replace("-", " ").capitalize()
        service = services.setdefault(promise.service, {"name": name, "councils": {}})
        service["councils"][promise.council] = {"rule": _rule(promise)}
    return services


def _rule(promise: Promise) -> Any:
    if len(promise.servers) == 1:
        return promise.servers[0]
    return {"any" if promise.down_when == "all" else "all": list(promise.servers)}
