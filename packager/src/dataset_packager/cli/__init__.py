"""The command line: from words to a call, from an exception to an exit code.

Heavy packages are imported where a command needs them, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager import __version__
from dataset_packager.base.console import flushed, make_streams_ready
from dataset_packager.base.files import refusal
from dataset_packager.base.findings import ENVIRONMENT, SETUP, PackagerError, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.base.console import Reporter
    from dataset_packager.project.config import Config
    from dataset_packager.project.extension import Extension
    from dataset_packager.verify import Verification

DESCRIPTION = "Package records that JSON Schemas describe as a dataset that anyone can load, verify and rebuild."
EPILOG = "exit codes: 0 done; 1 the data has findings; 2 the set-up or call is wrong; 3 the environment failed"


def main(arguments: Sequence[str] | None = None, extensions: Sequence[Extension[Config]] = ()) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: the words of the call (default: the process's own).
        extensions: what a project's own code adds: commands, sections of the configuration, slots of the datasheet.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    make_streams_ready()
    code = ENVIRONMENT
    try:
        code = _run(words, extensions)
    finally:
        lost = flushed()
    return _told(f"{lost}; then run the same command again", ENVIRONMENT) if lost else code


def _run(words: list[str], extensions: Sequence[Extension[Config]]) -> int:
    parser, commands = build_parser(extensions)
    if not words or (words[0] not in commands and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "build")
    options = parser.parse_args(words)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return _told("interrupted: the former release stands as it was", ENVIRONMENT)
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - panics of compiled packages are no Exception
        if options.debug:
            from traceback import print_exception

            print_exception(error)
        return _failed(error)


def _failed(error: BaseException) -> int:
    """Tell in a line what went wrong, and return the exit code that it has: no error of the program's own is a finding.

    What nobody foresaw may be the program's fault or the machine's, but the data may be fine.
    """
    from dataset_packager.base.surroundings import failure_of_surroundings
    from dataset_packager.base.text import cause

    if isinstance(error, PackagerError):
        return _told(str(error), error.exit_code)
    if isinstance(error, BrokenPipeError):
        return ENVIRONMENT  # nobody reads on
    if failure := failure_of_surroundings(error):
        return _told(str(failure), ENVIRONMENT)
    if isinstance(error, OSError):
        return _told(refusal(error), ENVIRONMENT)
    what = f"nobody foresaw this: {cause(error)}: run the same command with --debug, and report what it shows"
    return _told(" ".join(what.split()), ENVIRONMENT)


def _told(message: str, code: int) -> int:
    from dataset_packager.base.console import Reporter

    for line in message.splitlines():
        Reporter().say(f"error: {line}")
    return code


def build_parser(
    extensions: Sequence[Extension[Config]] = (),
) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and those of the commands by name."""
    parser = argparse.ArgumentParser("build_dataset.py", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", description="build is the default")
    commands = {}
    own = {name: command for extension in extensions for name, command in extension.commands.items()}
    for name, (text, configure, run) in {**own, **COMMANDS}.items():
        commands[name] = subparsers.add_parser(name, help=text, description=text, epilog=EPILOG)
        commands[name].set_defaults(run=run, extensions=tuple(extensions))
        configure(commands[name])
        commands[name].add_argument("--debug", action="store_true", help="show where an error came from, line by line")
    for extension in extensions:
        extension.build_options(commands["build"])
    return parser, commands


def _project_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--project", type=Path, default=Path(), metavar="DIR", help="the dataset project (default: here)"
    )
    parser.add_argument(
        "--workers", type=_positive, metavar="N", help="processes to use (default: all cores, one for a small input)"
    )
    _report_options(parser)


def _report_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write all findings to FILE")


def _build_options(parser: argparse.ArgumentParser) -> None:
    _project_options(parser)
    parser.add_argument(
        "--out",
        type=_folder_or_url,
        default=Path("dist"),
        metavar="DIR",
        help="or a URL: where releases go (default: dist/)",
    )
    parser.add_argument(
        "--engine", choices=("local", "dask"), default="local", help="what runs the work (default: local)"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that runs already: tcp://HOST:PORT")
    parser.add_argument("--quarantine", action="store_true", help="put refused records aside and go on")
    parser.add_argument(
        "--verify", choices=("quick", "full"), default="quick", help="how closely to look at the result"
    )
    documents = parser.add_mutually_exclusive_group()
    documents.add_argument(
        "--check", action="store_true", help="write nothing; fail if records are invalid or documents stale"
    )
    documents.add_argument(
        "--update-docs", action="store_true", help="fill the slots of the project's own DATASHEET.md, too"
    )


def _verify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "release", metavar="RELEASE", help="the folder or URL of a release, or ORG/NAME[@TAG] on the Hub"
    )
    parser.add_argument("--workers", type=_positive, metavar="N", help="processes to use (default: all cores)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")


def _publish_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", type=Path, metavar="RELEASE", help="the folder of a release")
    parser.add_argument("--repo-id", required=True, metavar="ORG/NAME", help="the dataset's name on the Hub")
    parser.add_argument("--private", action="store_true", help="if the dataset is to be created, for few to see")
    parser.add_argument("--create-pr", action="store_true", help="propose the release in a pull request")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument("--workers", type=_positive, metavar="N", help="processes to verify with (default: all cores)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", type=Path, metavar="RELEASE", help="the folder of a release")
    parser.add_argument("table", metavar="TABLE", help="a table or view of it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the records go (default: standard output)")


def _diff_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=_folder_or_url, metavar="OLD", help="the folder or URL of a release")
    parser.add_argument("new", type=_folder_or_url, metavar="NEW", help="the folder or URL of a later release")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")


def _schema_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schema", metavar="FILE", help="a JSON Schema, relative to the project")
    parser.add_argument(
        "--project", type=Path, default=Path(), metavar="DIR", help="the dataset project (default: here)"
    )


def _new_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the project goes; its name is the dataset's")
    parser.add_argument(
        "--from", type=Path, nargs="+", default=[], dest="records", metavar="RECORDS",
        help="files of records, and folders of them: each becomes a table (default: an example)",
    )  # fmt: skip
    _report_options(parser)


def _folder_or_url(text: str) -> Path | str:
    from dataset_packager.stores.objects import is_url, local_path

    if not is_url(text):
        return Path(text)
    try:
        return local_path(text) or text
    except SetupError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes: give 1 or more")
    return number


def _reporter(options: argparse.Namespace) -> Reporter:
    from dataset_packager.base.console import Reporter

    return Reporter(as_json=options.format == "json", report=getattr(options, "report", None))


def _config(options: argparse.Namespace) -> Config:
    from dataset_packager.project.config import load_config

    if not options.project.is_dir():
        raise SetupError(f"{options.project}: no such folder: name a dataset project with --project DIR")
    return load_config(options.project, options.extensions)


def _records(options: argparse.Namespace) -> Config:
    """Return the configuration, and name the URLs that it lets this machine read before anything is read there."""
    from dataset_packager.stores.objects import is_url

    config, reporter = _config(options), _reporter(options)
    for table in config.tables:
        for pattern in filter(is_url, table.records):
            reporter.say(f"{table.name}: reads {pattern} with this machine's access, as pyproject.toml asks for")
    return config


def _run_build(options: argparse.Namespace) -> int:
    from dataset_packager import build as pipeline
    from dataset_packager.engines.local import without_pandas

    without_pandas()

    config = _records(options)
    for extension in options.extensions:
        code: int = extension.before_build(options)
        if code:
            return code
    how = pipeline.Options(
        out=options.out,
        workers=options.workers,
        quarantine=options.quarantine,
        verify=options.verify,
        update_docs=options.update_docs,
        engine=options.engine,
        scheduler=options.scheduler,
    )
    if options.scheduler and options.engine != "dask":
        raise SetupError("--scheduler is of a Dask cluster: add --engine dask, or leave it out")
    run = pipeline.check if options.check else pipeline.build
    run(config, how, _reporter(options))
    return 0


def _run_validate(options: argparse.Namespace) -> int:
    from dataset_packager import build as pipeline

    how = pipeline.Options(out=Path(), workers=options.workers)
    pipeline.validate(_records(options), how, _reporter(options))
    return 0


def _run_verify(options: argparse.Namespace) -> int:
    reporter = _reporter(options)
    verification = _verification(options.release, options.workers or os.cpu_count() or 1, reporter)
    reporter.verification(verification.proofs)
    verification.insist()
    return 0


def _verification(release: str, workers: int, reporter: Reporter) -> Verification:
    """Verify a folder; what is none, and reads like a dataset on the Hub, is looked for there."""
    from dataset_packager.verify import verify_release

    if "://" in release and not release.startswith("hf://"):
        with _local(release) as folder:
            return verify_release(folder, full=True, workers=workers, begin=reporter.stage)
    if Path(release).exists() or ("@" not in release and Path(release).parent.is_dir()):
        return verify_release(Path(release), full=True, workers=workers, begin=reporter.stage)
    from dataset_packager.hub import parse_address, verify_on_hub

    address = parse_address(release)
    if address is None:
        return verify_release(Path(release), full=True, workers=workers, begin=reporter.stage)
    from dataset_packager.base.console import Reporter

    Reporter().say(f"{release}: no such folder here, so it is taken for a dataset on the Hub")
    return verify_on_hub(address, workers=workers)


@contextmanager
def _local(release: Path | str) -> Iterator[Path]:
    """Give the folder of a release: its own, or one that what stands behind its URL is copied to."""
    if isinstance(release, Path):
        yield release
        return
    from dataset_packager.base.files import scratch_folder
    from dataset_packager.release.destinations import fetch_release
    from dataset_packager.stores.objects import local_path

    if path := local_path(release):
        yield path
        return
    with scratch_folder() as scratch:
        fetch_release(release, scratch / "release")
        yield scratch / "release"


def _run_publish(options: argparse.Namespace) -> int:
    from dataset_packager.hub import Wanted, publish
    from dataset_packager.hub.publishing import account

    wanted = Wanted(options.repo_id, options.private, options.create_pr, options.dry_run)
    reporter = _reporter(options)
    done = publish(options.release, wanted, reporter, options.workers)
    reporter.result(done, account(done))
    return 0


def _run_export(options: argparse.Namespace) -> int:
    from dataset_packager.base.console import Reporter
    from dataset_packager.release.export import export

    Reporter().lines(export(options.release, options.table), options.out)
    return 0


def _run_diff(options: argparse.Namespace) -> int:
    from dataset_packager.diff import compare
    from dataset_packager.diff.changelog import as_json, changelog

    with _local(options.old) as old, _local(options.new) as new:
        changes = compare(old, new, threads=os.cpu_count() or 1)
    _reporter(options).result(as_json(changes), changelog(changes))
    return int(changes.bump != "none")


def _run_new(options: argparse.Namespace) -> int:
    from dataset_packager.scaffold import new_project

    reporter = _reporter(options)
    written = new_project(options.folder, options.records, reporter)
    steps = [f"{len(written)} files in {options.folder}; next:", f"  cd {options.folder}", "  make dataset"]
    told = [*steps, "README.md there says what is left to do"]
    reporter.result({"project": str(options.folder), "files": written}, told)
    return 0


def _run_explain_schema(options: argparse.Namespace) -> int:
    from dataset_packager.base.console import Reporter, printable
    from dataset_packager.columns.explain import explain_schema
    from dataset_packager.columns.table_plan import table_plan
    from dataset_packager.schemas import load_schema

    for line in explain_schema(table_plan(load_schema(options.project, options.schema))):
        Reporter().tell(printable(line))
    return 0


COMMANDS = {
    "build": ("make a release from records and schemas", _build_options, _run_build),
    "validate": ("judge the records, and write nothing", _project_options, _run_validate),
    "verify": ("prove a release from its folder, or from the Hub, alone", _verify_options, _run_verify),
    "publish": ("put a release on the Hub: one commit, one tag, loaded back", _publish_options, _run_publish),
    "export": ("give a table's records back as JSON Lines", _export_options, _run_export),
    "diff": ("say what changed between two releases; exit code 1 if they differ", _diff_options, _run_diff),
    "new": ("make a dataset project, from records where you have some", _new_options, _run_new),
    "explain-schema": ("say which column each member becomes, and why", _schema_options, _run_explain_schema),
}
assert SETUP == 2, "argparse exits with 2 for a wrong call"  # noqa: S101 - a contract between two modules
