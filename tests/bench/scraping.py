"""What a scrape of ten thousand checks costs: prints ms CPU in both formats, with and without gzip, as a line of JSON.

    python tests/bench/scraping.py

The text is written and packed in this process as the daemon does it, with what the mixed estate's probes measure; what
the socket costs is left out.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import zlib
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))
from estate import kinds_of
from support.scrapes import Memory, check, memory_of, see

from ictss_monitor.metrics.exposition import Format
from ictss_monitor.probe import Outcome

CHECKS = 10_000
TIMES = 9
OPENED = ("resolve_seconds", "connect_seconds")
ANSWERED = ("first_byte_seconds", "total_seconds", "status_code", "body_bytes")
MEASURED = {
    "icmp": ("loss_ratio", "rtt_min_seconds", "rtt_mean_seconds", "rtt_max_seconds", "jitter_seconds"),
    "tcp": OPENED,
    "http": (*OPENED, *ANSWERED),
    "https": (*OPENED, "tls_seconds", "certificate_days", *ANSWERED),
    "dns": ("answers", "ttl_min_seconds"),
    "snmp": ("uptime_seconds", "processes"),
}
WHOLE = {
    "loss_ratio": 0.0,
    "status_code": 200,
    "body_bytes": 17,
    "answers": 1.0,
    "ttl_min_seconds": 60.0,
    "processes": 99,
}
"""Measurements without a long fraction; the others are times as a clock measures them."""


def memory() -> Memory:
    """Return a daemon's memory in which every check has been observed twice."""
    kinds = kinds_of("mix5", CHECKS)
    chance = random.Random(1)
    made = memory_of([check(f"check-{number}", kind) for number, kind in enumerate(kinds)])
    for number, kind in enumerate(kinds):
        measured = {name: WHOLE.get(name, chance.random() / 10) for name in MEASURED[kind]}
        see(made, f"check-{number}", Outcome.UP, 0, 10, **measured)
    return made


async def scrape(scraped: Memory, form: Format, *, squeeze: bool) -> tuple[float, int]:
    """Return the ms CPU of one scrape, and its samples."""
    packer, samples = zlib.compressobj(1, zlib.DEFLATED, 31), 0
    before = time.process_time()
    parts = []
    async for part in scraped.scraper.scrape(form.value)[1]:
        data = part.encode()
        parts.append(packer.compress(data) if squeeze else data)
        samples += part.count("{check=")
    return (time.process_time() - before) * 1000, samples


def main() -> None:
    """Measure and print."""
    scraped, costs, samples = memory(), {}, 0
    for form in Format:
        for squeeze in (False, True):
            runs = [asyncio.run(scrape(scraped, form, squeeze=squeeze)) for _ in range(TIMES)]
            costs[form.name.lower() + (" gzip" if squeeze else "")] = median(cost for cost, _ in runs)
            samples = runs[0][1]
    print(json.dumps({"checks": CHECKS, "samples": samples, "cpu_ms": costs}))


if __name__ == "__main__":
    main()
