"""Measure the build beside tools that validate nothing, and write ``RESULTS.md``.

    python -m benchmarks                                            all shapes at 100 MB and 1 GB, all contenders
    python -m benchmarks --shapes nested --sizes 100MB --rounds 1   a part of that; other results stay
    python -m benchmarks --peaks --sizes 1GB                        the memory of each shape, one worker and two
    python -m benchmarks --memory --keys --rebuilds --long --first  what must not grow with the input
    python -m benchmarks --all                                      everything: what `make bench` does
    python -m benchmarks --report                                   write the report anew from what was measured

Input is made from a seed and kept in --folder: all of it takes about 16 GB there, and the work up to 6 GB more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import constants
from benchmarks.contenders import CONTENDERS, compare, rehearse
from benchmarks.engine import engine
from benchmarks.inputs import HERE, bytes_of, project
from benchmarks.inside import inside
from benchmarks.measure import RunFailed
from benchmarks.results import Results, build_digest, circumstances, keep, load
from benchmarks.shapes import SHAPES
from benchmarks.tables import report
from dataset_packager.base.console import Reporter

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = ("100MB", "1GB")
REHEARSAL = "20MB"
ONLY_SMALL = ("hard",)  # shapes that take the gate alone to its floor; 100 MB show it
PARTS = ("inside", "peaks", "memory", "keys", "rebuilds", "long", "first", "engine")


def main(words: Sequence[str] | None = None) -> int:
    """Run the parts that the words ask for, write the report, and return an exit code: 3 if a program failed."""
    options = _parser().parse_args(words)
    reporter = Reporter()
    options.results.mkdir(parents=True, exist_ok=True)
    kept = options.results / "results.json"
    results = load(kept)
    try:
        if not options.report:
            _measure(options, results, kept, reporter)
    except RunFailed as failure:
        for line in f"error: {failure}".splitlines():
            reporter.say(line)
        return 3
    finally:
        shutil.rmtree(options.folder / "out", ignore_errors=True)
        (options.results / "RESULTS.md").write_text(report(results), "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    head, _, examples = str(__doc__).partition("\n\n")
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=head, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), metavar="SHAPE", help=", ".join(SHAPES))
    add("--sizes", nargs="+", type=_size, default=None, metavar="SIZE", help="such as 20MB (default: 100MB 1GB)")
    add("--contenders", nargs="+", choices=CONTENDERS, metavar="NAME", help=", ".join(CONTENDERS))
    add("--rounds", type=int, default=3, metavar="N", help="how often each contender runs (default: 3)")
    add("--seed", type=int, default=1, metavar="N", help="of the input (default: 1)")
    add("--inside", action="store_true", help="where a worker's time goes, for a chunk of each shape")
    add("--peaks", action="store_true", help="memory of a build of each shape, with one worker and with two")
    add("--memory", action="store_true", help="time and memory of a build at 1 GB and 4 GB")
    add("--memory-sizes", nargs="+", type=_size, default=["1GB", "4GB"], metavar="SIZE", help="other sizes for that")
    add("--keys", action="store_true", help="20 million keys and references")
    add("--key-count", type=int, default=20_000_000, metavar="N", help="another number for that")
    add("--rebuilds", action="store_true", help="rebuilds of 16 files beside hashing them")
    add("--rebuild-size", type=_size, default="1GB", metavar="SIZE", help="their size together (default: 1GB)")
    add("--long", action="store_true", help="a record of 50 MB")
    add("--first", action="store_true", help="the first build on a machine beside later ones")
    add("--engine", action="store_true", help="a Dask cluster beside the local pool")
    add("--engine-size", type=_size, default="100MB", metavar="SIZE", help="of the input for that (default: 100MB)")
    add("--all", action="store_true", help="all these parts and the contenders")
    add("--report", action="store_true", help="measure nothing, write the report")
    add("--folder", type=Path, default=Path("build/benchmarks"), metavar="DIR", help="for input and output")
    add("--results", type=Path, default=HERE, metavar="DIR", help="for RESULTS.md and results.json")
    return parser


def _size(text: str) -> str:
    try:
        bytes_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _measure(options: argparse.Namespace, results: Results, kept: Path, reporter: Reporter) -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as for most people: what a warm-up has compiled is compiled
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    folder, seed, rounds, say = options.folder.resolve(), options.seed, options.rounds, reporter.say
    wanted = [part for part in PARTS if options.all or getattr(options, part)]
    if options.all or not wanted:
        _compare(options, results, kept, reporter)
    calls = {
        "inside": lambda: inside(folder, seed, SIZES[0], say),
        "peaks": lambda: constants.peaks(folder, seed, options.shapes, (options.sizes or SIZES)[-1], say),
        "memory": lambda: constants.memory(folder, seed, options.memory_sizes, rounds, say),
        "keys": lambda: constants.keys(folder, options.key_count, say),
        "rebuilds": lambda: constants.rebuilds(folder, seed, options.rebuild_size, rounds, say),
        "long": lambda: constants.long_record(folder, say),
        "engine": lambda: engine(folder, seed, options.engine_size, rounds, say),
        "first": lambda: constants.first_build(folder, seed, REHEARSAL, rounds, say),
    }
    for part in wanted:
        known = circumstances()
        told = calls[part]()
        _insist_on(known["build"])
        keep(kept, results, "constants", part, told | known)


def _insist_on(build: str) -> None:
    if build_digest() != build:
        raise RunFailed("the code of the build changed while it was measured: let it rest and run this again")


def _compare(options: argparse.Namespace, results: Results, kept: Path, reporter: Reporter) -> None:
    for shape in options.shapes:
        for size in options.sizes or (SIZES[:1] if shape in ONLY_SMALL else SIZES):
            source = project(options.folder.resolve() / "inputs", shape, size, options.seed)
            names = options.contenders or [name for name in CONTENDERS if name != "gate-2" or shape in ONLY_SMALL]
            names = [name for name in names if SHAPES[shape].form in CONTENDERS[name].forms]
            out, known = options.folder.resolve() / "out", circumstances()
            if bytes_of(size) > bytes_of(REHEARSAL):
                rehearse(project(options.folder.resolve() / "inputs", shape, REHEARSAL, options.seed), names, out)
            part = compare(source, names, options.rounds, out, reporter.say)
            _insist_on(known["build"])
            keep(kept, results, "comparisons", f"{shape} {size}", part | known)


if __name__ == "__main__":
    sys.exit(main())
