"""Simulate a build on a cluster: time, requests and cost as workers grow from 1 to 1,000.

    python -m benchmarks.scaling                        from the defaults: docs/scaling.md says which were measured
    python -m benchmarks.scaling --size 10TB --store-latency 0.05
    python -m benchmarks.scaling --write                from the defaults, into docs/scaling.md

Chunks are dealt to whichever worker is free; the driver hands out one after another and so is a queue; every worker
reads, makes and writes its chunk. The driver then fetches all shards to its disk, checks keys, describes and verifies
what it has there, which reads the disk twice, and has the store copy the shards. Nothing is simulated that the build
doesn't do; nothing fails.
"""

from __future__ import annotations

import argparse
import heapq
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.tables import table
from dataset_packager.base.console import Reporter

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
DISK_PASSES = 3  # written once, read to be described, read to be verified
PLAN, BEGIN, END = Path(__file__).parents[1] / "docs/scaling.md", "<!-- simulation -->\n", "<!-- /simulation -->"
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Site:
    """What a build meets: sizes in bytes, times in seconds, speeds in bytes a second of one core or one line.

    Attributes:
        size, chunk: of the input, and of each chunk.
        make: input that one core turns into shards in a second.
        share: bytes of shards for each byte of input.
        overhead: the driver's time for each task. latency: of one request to the store.
        line: what one worker moves from and to the store. driver_line: what the driver moves.
        scan: input that one core hashes in a second.
        after: bytes of shards that the driver's processor takes in a second: hashes, keys, describing and verifying.
        disk: what the driver's disk reads or writes in a second.
        price: of one core for an hour, in any currency.
    """

    size: float
    chunk: float
    make: float
    share: float
    overhead: float
    latency: float
    line: float
    driver_line: float
    scan: float
    after: float
    disk: float
    price: float


@dataclass(frozen=True, slots=True)
class Told:
    """Seconds of the stages, requests to the store, and core hours times their price."""

    plan: float
    chunks: float
    driver: float
    requests: int
    cost: float

    @property
    def total(self) -> float:
        """All stages together."""
        return self.plan + self.chunks + self.driver


def simulate(site: Site, workers: int) -> Told:
    """Return what a build takes with so many workers of one core each."""
    number = max(round(site.size / site.chunk), 1)
    plan = site.size / workers / min(site.scan, site.line)
    moved = site.chunk * (1 + site.share)  # read to be made, written
    each = moved / site.line + site.chunk / site.make + 8 * site.latency
    chunks = _dealt(number, workers, each, site.overhead)
    written = site.size * site.share
    driver = written / site.driver_line + written / site.after + DISK_PASSES * written / site.disk
    driver += number * 4 * site.latency / 8
    requests = number * (2 + 4 + 2 + 2 * max(round(site.chunk / 8e6), 1)) + number * 4
    cost = site.price * (workers * (plan + chunks) + driver) / 3600
    return Told(plan, chunks, driver, requests, cost)


def _dealt(number: int, workers: int, each: float, overhead: float) -> float:
    """Return when the last of the chunks is done; the driver hands out one at a time."""
    free, driver = [0.0] * min(workers, number), 0.0
    for _ in range(number):
        driver = max(driver, free[0]) + overhead
        heapq.heapreplace(free, driver + each)
    return max(free)


def lines(site: Site) -> list[str]:
    """Return the table of the simulation as Markdown."""
    rows = []
    for workers in COUNTS:
        told = simulate(site, workers)
        hours = [f"{seconds / 3600:.1f}" for seconds in (told.plan, told.chunks, told.driver, told.total)]
        rows.append((f"{workers:,}", *hours, f"{told.requests / 1e6:.1f}", f"{told.cost:,.0f}"))
    return table(("workers", "plan, h", "chunks, h", "driver, h", "total, h", "requests, million", "cost"), rows)


def _bytes(text: str) -> float:
    found = re.fullmatch(r"([0-9.]+)(MB|GB|TB)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write it like 64MB or 10TB")
    return float(found[1]) * UNITS[found[2]]


def main(words: Sequence[str] | None = None) -> int:
    """Print the simulation that the words ask for."""
    head, _, examples = str(__doc__).partition("\n\n")
    parser = argparse.ArgumentParser(
        "python -m benchmarks.scaling", description=head, epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("--size", type=_bytes, default=_bytes("10TB"), help="of the input (default: 10TB)")
    add("--chunk", type=_bytes, default=_bytes("67MB"), help="of a chunk (default: 67MB)")
    add("--make", type=_bytes, default=_bytes("20MB"), help="of input that a core turns into shards in a second")
    add("--share", type=float, default=0.25, help="bytes of shards for each byte of input")
    add("--overhead", type=float, default=0.025, help="seconds of the driver for each task (default: 0.025)")
    add("--store-latency", type=float, default=0.03, help="seconds of one request to the store")
    add("--line", type=_bytes, default=_bytes("100MB"), help="a worker moves in a second")
    add("--driver-line", type=_bytes, default=_bytes("1GB"), help="the driver moves in a second")
    add("--scan", type=_bytes, default=_bytes("400MB"), help="of input that a core hashes in a second")
    add("--after", type=_bytes, default=_bytes("180MB"), help="of shards that the driver checks in a second")
    add("--disk", type=_bytes, default=_bytes("1GB"), help="the driver's disk reads or writes in a second")
    add("--price", type=float, default=0.05, help="of a core for an hour")
    add("--write", action="store_true", help="put the table into docs/scaling.md")
    options = parser.parse_args(words)
    site = Site(
        options.size, options.chunk, options.make, options.share, options.overhead, options.store_latency,
        options.line, options.driver_line, options.scan, options.after, options.disk, options.price,
    )  # fmt: skip
    if options.write:
        text = PLAN.read_text("utf-8")
        PLAN.write_text(with_table(text, lines(site)), "utf-8")
    else:
        for line in lines(site):
            Reporter().tell(line)
    return 0


def with_table(text: str, table: Sequence[str]) -> str:
    """Return the plan's text with another table."""
    (head, _, rest) = text.partition(BEGIN)
    return "".join((head, BEGIN, "\n".join(table), "\n", END, rest.partition(END)[2]))


if __name__ == "__main__":
    sys.exit(main())
