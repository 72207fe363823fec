"""The commands on captured sources: what each takes, and what it prints. Heavy modules are imported where they run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import FINDINGS, DataFindings

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dataset_packager.base.console import Reporter
    from dataset_packager.base.findings import Finding
    from dataset_packager.project.config import Config

    Command = tuple[str, Callable[[ArgumentParser], None], Callable[[Namespace], int]]


def _project(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--project", type=Path, default=Path(), metavar="DIR", help="the dataset project (default: here)"
    )


def _reported(parser: ArgumentParser) -> None:
    _project(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write all findings to FILE")
    parser.add_argument(
        "--show", type=int, metavar="N", help="list the first N findings one by one (default: all, summed up)"
    )


def _captures(parser: ArgumentParser) -> None:
    parser.add_argument("--captures", type=Path, required=True, metavar="DIR", help="the folder of captured files")
    _reported(parser)


def _evidence(parser: ArgumentParser) -> None:
    _captures(parser)
    parser.add_argument("--write", action="store_true", help="keep the measures in data/quality/evidence.json")


def _hydrate(parser: ArgumentParser) -> None:
    _captures(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the local copy goes")
    parser.add_argument("--relocate", action="store_true", help="look for spans in other captures of the same article")


def _agreement(parser: ArgumentParser) -> None:
    _reported(parser)
    parser.add_argument("--write", action="store_true", help="keep the measures in data/quality/agreement.json")
    parser.add_argument("--differences", action="store_true", help="list every difference between the passes")


def _scaffold(parser: ArgumentParser) -> None:
    _project(parser)
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="the captured file")
    parser.add_argument("--id", required=True, metavar="ID", help="the new document's identifier")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the drafts")


def _locate(parser: ArgumentParser) -> None:
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="the captured file")
    parser.add_argument("words", metavar="WORDS", help="words exactly as they are printed")
    parser.add_argument("--to", metavar="WORDS", help="the span's last words, where the first ones only begin it")
    parser.add_argument("--after", metavar="WORDS", help="search only behind the first occurrence of these words")


def _resolve(parser: ArgumentParser) -> None:
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="the captured file")
    parser.add_argument("drafts", type=Path, metavar="DRAFTS", help="drafts of records, one JSON object a line")
    parser.add_argument("--partition", action="store_true", help="the drafts say where each segment begins")


def _run_evidence(options: Namespace) -> int:
    from captures import evidence

    reporter, config = _reporter(options), _config(options)
    found = _judged(reporter, lambda: evidence.run(config, options.captures, write=options.write))
    return _told(reporter, "evidence", found.as_json(), list(found.rows()), found.findings)


def _run_hydrate(options: Namespace) -> int:
    from captures import hydrate

    reporter, config = _reporter(options), _config(options)
    done = _judged(reporter, lambda: hydrate.run(config, options.captures, options.out, relocate=options.relocate))
    return _told(reporter, "hydrate", done.as_json(), list(done.rows()), done.findings)


def _run_agreement(options: Namespace) -> int:
    from captures import agreement

    reporter = _reporter(options)
    result = agreement.run(_config(options), write=options.write)
    _told(reporter, "agreement", result.measures, list(result.rows()), ())
    for difference in result.differences if options.differences else ():
        reporter.tell(difference.text())
    return 0


def _run_scaffold(options: Namespace) -> int:
    from captures.first_drafts import scaffold
    from dataset_packager.base.console import Reporter

    for path in scaffold(_config(options), options.capture, options.id, options.out):
        Reporter().tell(str(path))
    return 0


def _run_locate(options: Namespace) -> int:
    from captures.first_drafts import locate

    return _printed(locate(options.capture, options.words, to=options.to, after=options.after))


def _run_resolve(options: Namespace) -> int:
    from captures.first_drafts import resolve_file

    return _printed(resolve_file(options.capture, options.drafts, partition=options.partition))


def _printed(records: Iterable[Mapping[str, Any]]) -> int:
    from dataset_packager.base.console import Reporter

    reporter = Reporter()
    for record in records:
        reporter.tell(json.dumps(record, ensure_ascii=False))
    return 0


def _reporter(options: Namespace) -> Reporter:
    from dataset_packager.base.console import Reporter

    return Reporter(as_json=options.format == "json", report=options.report, show=options.show)


def _config(options: Namespace) -> Config:
    from dataset_packager.project.read_config import load_config

    return load_config(options.project, options.extensions)


def _judged(reporter: Reporter, work: Callable[[], Any]) -> Any:
    """Do the work; findings about the records themselves are printed before the error goes on."""
    try:
        return work()
    except DataFindings as error:
        reporter.findings(error.findings)
        raise


def _told(
    reporter: Reporter,
    name: str,
    measures: Mapping[str, Any],
    rows: Sequence[Sequence[str]],
    findings: Sequence[Finding],
) -> int:
    from dataset_packager.base.console import table_lines

    reporter.findings(findings)
    if reporter.as_json:
        reporter.tell(json.dumps({name: measures}, ensure_ascii=False))
    else:
        for line in table_lines(rows[0], rows[1:]):
            reporter.tell(line)
    reporter.summary({}, len(findings), None)
    return FINDINGS if findings else 0


COMMANDS: Mapping[str, Command] = {
    "evidence": ("check every record against the captures", _evidence, _run_evidence),
    "hydrate": ("make a local copy with the spans' text filled in", _hydrate, _run_hydrate),
    "agreement": ("compare two passes of annotation", _agreement, _run_agreement),
    "scaffold": ("begin the drafts of a new document", _scaffold, _run_scaffold),
    "locate": ("print the locators of words in a capture", _locate, _run_locate),
    "resolve": ("turn drafts that quote words into records with locators", _resolve, _run_resolve),
}
