"""The only module that prints: findings to standard output, progress and messages to standard error."""

from __future__ import annotations

import codecs
import json
import os
import sys
import time
from contextlib import contextmanager, suppress
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Protocol

from dataset_packager.base.files import durable, failures
from dataset_packager.base.finding_summary import FindingSummary
from dataset_packager.base.finding_text import finding_lines, format_finding
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.base.text import printable, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.base.check_result import Proof
    from dataset_packager.base.findings import Finding

LONGEST = 2_000
BLOCK = 64  # lines that are written at a time
LEAST_SHARE = 0.02  # of the work: earlier, nobody can say how long the rest takes
ESCAPED = "dataset-packager.escaped"  # how characters are printed that a stream's encoding lacks


def make_streams_ready() -> None:
    """Let whatever is printed go somewhere: to where it belongs, or nowhere where that was closed.

    A file that is opened later must not take a closed stream's number: what compiled packages print would go into it.
    What a stream's encoding lacks is printed as JSON escapes it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free
    codecs.register_error(ESCAPED, _escaped)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the process ends
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ESCAPED)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def flushed() -> str | None:
    """Print what waits to be printed; return why it can't be, and drop it: nothing may try again at the end."""
    lost = None
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            with suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, number)
                os.close(null)
                stream.flush()
            if number == 1 and isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                lost = _unheard(error)
    return lost


@contextmanager
def heard() -> Iterator[None]:
    """Turn what standard output refuses into an ``EnvironmentFailure`` that names it, unless nobody reads on."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise EnvironmentFailure(_unheard(error)) from error


def _unheard(error: OSError) -> str:
    return f"standard output: {error.strerror}: make room there, or send it elsewhere; then run the same command again"


class Progress(Protocol):
    """What long work tells of itself."""

    def advance(self, size: int, rows: int) -> None:
        """Say that ``size`` bytes of input and ``rows`` records more are done."""


class Reporter:
    """Tells a person, or with ``as_json`` a program, what goes on."""

    def __init__(self, *, as_json: bool = False, report: Path | None = None, show: int | None = None) -> None:
        """Print findings summed up, or the first ``show`` one by one; all go to ``report``, too."""
        self.as_json, self._report, self._show, self._reported = as_json, report, show, False
        self._begun = self._stage_begun = time.monotonic()
        self._stage, self._stages = "start", dict[str, float]()

    def say(self, message: str) -> None:
        """Print a message for people."""
        with suppress(OSError):  # nobody listens
            print(printable(message), file=sys.stderr, flush=True)

    def tell(self, text: str) -> None:
        """Print a result."""
        with heard():
            print(without_credentials(text), flush=True)

    def findings(self, findings: Iterable[Finding], tables: Mapping[str, str] | None = None) -> None:
        """Print findings: for people summed up, for programs one by one; all go to the report where there is one.

        ``tables`` names the table or view of each file, by which they are summed up.
        """
        summary = FindingSummary(tables or {})
        with self._report_opened() as report:
            for finding in summary.take(findings):
                text = json.dumps(finding.as_json(), ensure_ascii=False) if self.as_json or report else ""
                if report:
                    report.write((text if self.as_json else format_finding(finding)) + "\n")
                if self.as_json and (self._show is None or summary.total <= self._show):
                    with heard():
                        print(text)
        lines, told = ([], summary.total) if self.as_json else finding_lines(summary, self._show)
        with heard():
            for line in lines:
                print(line)
            sys.stdout.flush()
        if told < summary.total:
            more = f"{summary.total - told:,} of {summary.total:,} findings are not shown"
            self.say(f"{more}: {'all are in the report' if self._report else 'all go to a file with --report FILE'}")

    @contextmanager
    def _report_opened(self) -> Iterator[IO[str] | None]:
        """Give the file that all findings go to, if there is one: a new one at first, then the same."""
        if self._report is None:
            yield None
            return
        mode, self._reported = "a" if self._reported else "w", True
        with failures(self._report), self._report.open(mode, encoding="utf-8", newline="") as file:
            yield file

    def verification(self, proofs: Sequence[Proof]) -> None:
        """Print what was proven of a release and what is wrong with it; for programs the seconds of each check, too."""
        self.stage("")
        if self.as_json:
            for proof in proofs:
                self.tell(json.dumps(proof.as_json(), ensure_ascii=False))
            return
        rows = [
            (proof.check, f"{proof.proven:,}", f"{proof.wrong:,}" if proof.wrong else "?" if proof.unchecked else "-")
            for proof in proofs
        ]
        for line in table_lines(("check", "proven", "wrong"), rows):
            self.tell(line)
        for proof in proofs:
            for problem in proof.problems:
                self.tell(printable(f"{proof.check}: {problem}"))
            if proof.wrong > len(proof.problems):
                self.tell(f"{proof.check}: {proof.wrong - len(proof.problems):,} more")
            for why in proof.skipped:
                self.tell(printable(f"{proof.check}: not compared: {why}"))
            if proof.unchecked:
                self.tell(printable(f"{proof.check}: could not be checked: {proof.unchecked}"))

    def result(self, value: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Print a result: ``lines`` for people, or ``value`` as JSON for programs."""
        for line in [json.dumps(value, ensure_ascii=False)] if self.as_json else map(printable, lines):
            self.tell(line)

    def lines(self, lines: Iterable[bytes], file: Path | None) -> None:
        """Write lines as they are to standard output, or into a file that appears whole."""
        if file is None:
            coming = iter(lines)
            while block := b"".join(islice(coming, BLOCK)):
                with heard():
                    sys.stdout.buffer.write(block)
            with heard():
                sys.stdout.buffer.flush()
            return
        with durable(file) as target:
            for line in lines:
                target.write(line)

    def summary(self, tables: dict[str, dict[str, int]], findings: int, release: str | None) -> None:
        """Print the last word: counts by table, findings, the release, and the seconds that it took."""
        seconds = round(time.monotonic() - self._begun, 3)
        if not self._reported:
            with self._report_opened():  # nothing is wrong: no former report shall say otherwise
                pass
        if self.as_json:
            self.stage("")
            stages = {name: round(took, 3) for name, took in self._stages.items()}
            value: dict[str, Any] = {"tables": tables, "findings": findings, "release": release}
            value |= {"seconds": seconds, "stages": stages}
            self.tell(json.dumps({"summary": value}, ensure_ascii=False))
            return
        for name, counts in tables.items():
            told = f"{counts['accepted']:,} of {counts['read']:,} records accepted"
            self.say(f"{name}: {told}" + (f", {counts['rejected']:,} refused" if counts["rejected"] else ""))
        if findings:
            self.say(f"{findings:,} finding{'s' if findings != 1 else ''}")
        if release:
            self.say(f"{release} in {seconds:.1f} s")

    def stage(self, name: str) -> None:
        """Take note that another stage of the work begins; the summary says how long each took."""
        now = time.monotonic()
        self._stages[self._stage] = self._stages.get(self._stage, 0) + now - self._stage_begun
        self._stage, self._stage_begun = name, now

    @contextmanager
    def progress(self, label: str, size: int) -> Iterator[Progress]:
        """Show how far ``size`` bytes of work have come: a bar on a terminal, plain lines elsewhere."""
        if sys.stderr.isatty() and not self.as_json:
            from tqdm import tqdm  # here: only a terminal needs it

            with tqdm(total=size, unit="B", unit_scale=True, desc=label, file=sys.stderr, leave=False) as bar:
                yield _Bar(bar)
        else:
            yield _Plain(self, label, size)


class _Bar:
    def __init__(self, bar: Any) -> None:
        self._bar, self._rows = bar, 0

    def advance(self, size: int, rows: int) -> None:
        self._rows += rows
        self._bar.set_postfix_str(f"{self._rows:,} records", refresh=False)
        self._bar.update(size)


class _Plain:
    """A line for every tenth of the work, and not more than one in five seconds."""

    def __init__(self, reporter: Reporter, label: str, size: int) -> None:
        self._reporter, self._label, self._size = reporter, label, max(size, 1)
        self._done = self._rows = 0
        self._begun = time.monotonic()
        self._told = self._begun - 4  # so that the first line comes after a second

    def advance(self, size: int, rows: int) -> None:
        self._done += size
        self._rows += rows
        now = time.monotonic()
        if now - self._told < 5:
            return
        self._told = now
        share = min(self._done / self._size, 1)
        told = f"{self._label}: {share:.0%}, {self._rows:,} records"
        if share >= LEAST_SHARE:
            told += f", about {(now - self._begun) * (1 - share) / share:.0f} s left"
        self._reporter.say(told)


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table for a terminal."""
    widths = [max(len(row[number]) for row in [header, *rows]) for number in range(len(header))]
    for row in [header, *rows]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
