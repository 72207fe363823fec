"""The report: every figure is worked out here from the kept results, and nothing is written by hand."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import CONTENDERS, VERIFY
from benchmarks.inputs import HERE, bytes_of
from benchmarks.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Part = dict[str, Any]
JUDGED = "1GB"  # the size of input that most expectations speak of
EXPECTED: dict[tuple[str, str], dict[str, float]] = {  # a build with two workers, as a multiple of whose wall time
    ("100MB", "duckdb"): dict.fromkeys(("narrow", "nested", "unique", "tied", "wide"), 1.5),
    ("1GB", "duckdb"): {"narrow": 1.3, "nested": 1.0, "unique": 1.2, "tied": 1.2, "wide": 1.0},
    ("1GB", "datasets"): dict.fromkeys((name for name in SHAPES if name != "hard"), 0.5),
}
OF_GATE, OF_BUILD = 0.7, 0.8  # what a build of hard records, and what verifying, may take
MOST_MEMORY = {1: 1.0e9, 2: 1.2e9}  # bytes, by workers
LIMIT_OF_KEYS = 512e6  # bytes
METHOD = """\
Everything here is made by `make bench` (`python -m benchmarks --help`): input, runs, figures and this text. The input
comes from a seed. Each table is one session on one input: contenders run one at a time, in turn, each round in another
order, and medians are given, with the range of the rounds. Each contender runs in a process of its own, pinned with
all that it starts to 2 cores, and is measured from outside: wall time includes the start of the interpreter and all
imports; processor time is that of all its processes. Each one ran once before, uncounted, on 20 MB of such input.
Before a run everything is flushed to the disk; input files are in the system's cache. Only our build calls fsync.

Peak memory is the highest sum over all processes of a contender at one moment, looked at every 20 ms: proportional set
size (PSS), which counts a page that several processes share once. It includes mapped files as far as they are resident.
MB are 10^6 bytes. MB/s are bytes of input.

What the figures can't say: the contenders don't do the same. Ours validates, checks keys, hashes, documents and
verifies; the others do none of it, and what they write differs. Records are synthetic: real ones compress otherwise.
It is two cores and one disk: more cores change the ratios. *Build* is a hash over the code that was measured."""


def report(results: dict[str, Any]) -> str:
    """Return the whole report as Markdown."""
    comparisons = sorted(results["comparisons"].values(), key=_order)
    parts = [
        ["# Results of the benchmarks", "", METHOD],
        [_looking(comparisons)],
        _environment(results["environment"]),
        _contenders(),
        _expectations(comparisons),
        *([f"## {part['shape']}, {part['size']}", "", *_comparison(part)] for part in comparisons),
        _stages("Where our time goes", "ours-2", comparisons),
        _verification(comparisons),
        _hard(comparisons),
        *_constants(results["constants"]),
        _notes(),
    ]
    return "\n".join("\n".join([*part, ""]) for part in parts if part)


def _order(part: Part) -> tuple[int, int]:
    return list(SHAPES).index(part["shape"]), bytes_of(part["size"])


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table; all columns but the first are aligned to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(row) + " |" for row in (header, rule, *rows)]


def middle(runs: Sequence[Part], name: str = "wall") -> float:
    """Return the median of one figure over the rounds."""
    return float(median(run[name] for run in runs))


def ratio(part: Part, name: str, other: str) -> float | None:
    """Return the median wall time of one contender as a multiple of another's in the same session, if both ran."""
    runs = part["runs"]
    return middle(runs[name]) / middle(runs[other]) if runs.get(name) and runs.get(other) else None


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _seconds(runs: Sequence[Part]) -> str:
    walls = [run["wall"] for run in runs]
    return f"{middle(runs):.2f}" + (f" ({min(walls):.2f}–{max(walls):.2f})" if len(walls) > 1 else "")


def _megabytes(runs: Sequence[Part], name: str, pick: Any = max) -> str:
    values = [run[name] for run in runs if run.get(name)]
    return f"{pick(values) / 1e6:,.0f}" if values else "–"


def _verdict(holds: bool) -> str:
    return "held" if holds else "**missed**"


def _looking(comparisons: Sequence[Part]) -> str:
    shares = [
        run["looking"] / run["wall"]
        for part in comparisons
        for runs in part["runs"].values()
        for run in runs
        if not run.get("scaled")
    ]
    return f"Looking took at most {max(shares):.0%} of one core." if shares else ""


def _circumstances(part: Part) -> str:
    busy = "" if part["load"] is None else f"; load of the machine before: {part['load']}"
    return f"Build {part['build']}{busy}."


def _environment(known: Part) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in known["packages"].items())
    return [
        "## Machine and versions",
        "",
        (
            f"{known['processor']}, {known['cores']} cores, {known['memory'] / 2**30:.0f} GiB of memory, "
            f"{known['system']}; Python {known['python']}, {versions}."
        ),
    ]


def _contenders() -> list[str]:
    rows = ((f"**{each.title}**", each.about) for each in (*CONTENDERS.values(), VERIFY))
    lines = [f"- {title}: {about}." for title, about in rows]
    shapes = [f"- `{shape.name}`: {shape.about}." for shape in SHAPES.values()]
    return ["## Contenders", "", *lines, "", "Shapes of records:", "", *shapes]


def _expectations(comparisons: Sequence[Part]) -> list[str]:
    rows = []
    for part in (each for each in comparisons if each["shape"] != "hard"):
        for other in ("duckdb", "datasets", "pyarrow"):
            share = ratio(part, "ours-2", other)
            if share is not None:
                most = EXPECTED.get((part["size"], other), {}).get(part["shape"])
                expected = ("–", "–") if most is None else (f"at most {most}", _verdict(share <= most))
                rows.append((part["shape"], part["size"], CONTENDERS[other].title, _number(share), *expected))
    if not rows:
        return []
    header = ("shape", "size", "beside", "our wall time, as a multiple", "expected", "")
    return ["## Our build with 2 workers beside the others", "", *table(header, rows)]


def _comparison(part: Part) -> Iterator[str]:
    rounds = max(len(runs) for runs in part["runs"].values())
    yield f"{part['bytes'] / 1e6:,.0f} MB, {part['records']:,} records; rounds: {rounds}. {_circumstances(part)}"
    yield ""
    header = ["", "wall, s", "of DuckDB's", "of datasets'", "CPU, s", "peak MB", "rows/s", "MB/s", "output MB"]
    rows = []
    for name, runs in part["runs"].items():
        wall = middle(runs)
        title = VERIFY.title if name == VERIFY.name else CONTENDERS[name].title
        scaled = " (scaled)" if runs[0].get("scaled") else ""
        rows.append((
            title + scaled, _seconds(runs),
            _number(ratio(part, name, "duckdb")), _number(ratio(part, name, "datasets")),
            _number(middle(runs, "cpu"), 1), _megabytes(runs, "memory"), f"{part['records'] / wall:,.0f}",
            _number(part["bytes"] / wall / 1e6, 1), _megabytes(runs, "output", median),
        ))  # fmt: skip
    yield from table(header, rows)


def _stages(title: str, name: str, comparisons: Sequence[Part]) -> list[str]:
    """Return a table of the median seconds of each stage, for each input one column."""
    told = {f"{part['shape']} {part['size']}": part["runs"].get(name, []) for part in comparisons}
    told = {title: runs for title, runs in told.items() if runs and all("stages" in run for run in runs)}
    if not told:
        return []
    stages = list(dict.fromkeys(stage for runs in told.values() for run in runs for stage in run["stages"]))
    rows = []
    for stage in stages:
        cells = [_number(median(run["stages"].get(stage, 0.0) for run in runs)) for runs in told.values()]
        rows.append((stage, *cells))
    about = (
        "Median seconds as the program itself tells them; stages that run in several processes are summed up over them."
    )
    return [f"## {title}", "", about, "", *table(["stage", *told], rows)]


def _verification(comparisons: Sequence[Part]) -> list[str]:
    rows = []
    for part in comparisons:
        share = ratio(part, "verify", "ours-2")
        if share is not None:
            runs = part["runs"]
            rows.append((
                part["shape"], part["size"], _seconds(runs["ours-2"]), _seconds(runs["verify"]), _number(share),
                _megabytes(runs["verify"], "memory"), _verdict(share <= OF_BUILD) if part["size"] == JUDGED else "–",
            ))  # fmt: skip
    if not rows:
        return []
    header = (
        "shape",
        "size",
        "build, s",
        "verify, s",
        "ratio",
        "peak MB of verify",
        f"at {JUDGED}: at most {OF_BUILD}",
    )
    lines = ["## Verifying beside building, 2 workers each", "", *table(header, rows)]
    stages = _stages("Where verifying spends its time", "verify", comparisons)
    return lines + (["", *stages] if stages else [])


def _hard(comparisons: Sequence[Part]) -> list[str]:
    rows = []
    for part in comparisons:
        for workers in (1, 2):
            share = ratio(part, f"ours-{workers}", f"gate-{workers}")
            if share is not None:
                runs = part["runs"]
                verdict = _verdict(share <= OF_GATE) if part["shape"] == "hard" else "–"
                gate, ours = _seconds(runs[f"gate-{workers}"]), _seconds(runs[f"ours-{workers}"])
                rows.append((part["shape"], part["size"], str(workers), gate, ours, _number(share), verdict))
    if not rows:
        return []
    about = "Where columns can't decide, every record passes the gate: its time is the least that a build takes."
    header = ("shape", "size", "processes", "gate alone, s", "build, s", "ratio", f"hard: at most {OF_GATE}")
    return ["## The gate's floor", "", about, "", *table(header, rows)]


def _constants(constants: dict[str, Part]) -> Iterator[list[str]]:
    for name, write in (
        ("inside", _inside),
        ("peaks", _peaks),
        ("memory", _memory),
        ("keys", _keys),
        ("rebuilds", _rebuilds),
        ("long", _long),
        ("first", _first),
        ("engine", _engine),
    ):
        if name in constants:
            yield [*write(constants[name]), "", _circumstances(constants[name])]


def _inside(part: Part) -> list[str]:
    shapes = part["shapes"]
    rows = []
    for step in next(iter(shapes.values()))["steps"]:
        seconds = [each["steps"][step] for each in shapes.values()]
        cells = [
            f"{1e6 * taken / each['records']:.2f} ({taken / each['seconds']:.0%})"
            for taken, each in zip(seconds, shapes.values(), strict=True)
        ]
        rows.append((step, *cells))
    rows.append(("in all", *(f"{1e6 * each['seconds'] / each['records']:.2f}" for each in shapes.values())))
    about = "Microseconds of processor time a record, and shares, of one chunk in one process that has made one before."
    return ["## Where a worker's time goes", "", about, "", *table(["step", *shapes], rows)]


def _peaks(part: Part) -> list[str]:
    rows = [
        (each["shape"], each["size"], workers, _seconds(runs), _number(middle(runs, "cpu"), 1),
         _megabytes(runs, "memory"), _verdict(max(run["memory"] for run in runs) <= MOST_MEMORY[int(workers)]))
        for each in part["builds"] for workers, runs in each["runs"].items()
    ]  # fmt: skip
    limits = " and ".join(f"{most / 1e6:,.0f} MB with {number}" for number, most in MOST_MEMORY.items())
    header = ("shape", "size", "workers", "wall, s", "CPU, s", "peak MB", "")
    return ["## Memory of each shape", "", f"At most {limits} workers.", "", *table(header, rows)]


def _memory(part: Part) -> list[str]:
    sizes = part["sizes"]
    rows = [
        (
            each["size"], f"{each['records']:,}", _seconds(each["runs"]), _number(middle(each["runs"], "cpu"), 1),
            _megabytes(each["runs"], "memory"),
        )
        for each in sizes
    ]  # fmt: skip
    header = ("size", "records", "wall, s", "CPU, s", "peak MB")
    lines = ["## Growing input (nested, 2 workers)", "", *table(header, rows), ""]
    first = sizes[0]
    peak = max(run["memory"] for run in first["runs"])
    most = MOST_MEMORY[2]
    lines.append(f"- At most {most / 1e6:,.0f} MB at {first['size']}: {_verdict(peak <= most)}.")
    for each in sizes[1:]:
        times = bytes_of(each["size"]) / bytes_of(first["size"])
        slower, higher = middle(each["runs"]) / middle(first["runs"]), max(r["memory"] for r in each["runs"]) / peak
        lines.append(
            f"- {each['size']} beside {first['size']}: {slower:.2f} times the time (at most {1.1 * times:.1f}: "
            f"{_verdict(slower <= 1.1 * times)}), {higher:.2f} times the memory (at most 1.1: "
            f"{_verdict(higher <= 1.1)})."
        )
    return lines


def _keys(part: Part) -> list[str]:
    run = part["run"]
    return [
        "## Keys and references",
        "",
        (
            f"{part['number']:,} keys and {part['number']:,} references to them, in mixed order, on 2 threads: "
            f"{run['wall']:.1f} s, {run['cpu']:.1f} s of processor time, {run['memory'] / 1e6:,.0f} MB at the peak, "
            f"interpreter and all (limit: {LIMIT_OF_KEYS / 1e6:.0f} MB: {_verdict(run['memory'] <= LIMIT_OF_KEYS)}). "
            f"The {part['duplicates']} duplicates and {part['orphans']} orphans that were put in were found, and "
            "nothing else."
        ),
    ]


def _rebuilds(part: Part) -> list[str]:
    runs = part["runs"]
    most = 1.5 * middle(runs["hashing alone"]) + 2
    return [
        f"## Rebuilds (nested, {part['size']} in {part['files']} files, 2 workers)",
        "",
        *_named(runs),
        "",
        (
            f"- Nothing changed: {middle(runs['unchanged']):.2f} s; at most 1.5 times hashing and 2 s more, "
            f"{most:.2f} s: {_verdict(middle(runs['unchanged']) <= most)}."
        ),
        f"- One record changed: {part['other_shards']} of {part['shards']} shards have other bytes.",
        "- Each rebuild gave the same bytes as a build from nothing.",
    ]


def _long(part: Part) -> list[str]:
    run = part["run"]
    came = "it was packaged" if part["code"] == 0 else "it was refused with a finding"
    return [
        "## One long record",
        "",
        (
            f"A line of {part['bytes'] / 1e6:.0f} MB among short ones: {came}; {run['wall']:.1f} s, "
            f"{run['memory'] / 1e6:,.0f} MB at the peak."
        ),
    ]


def _first(part: Part) -> list[str]:
    about = "The cache folder of the user is empty before each first build; a build keeps nothing there."
    return [
        f"## The first build on a machine (nested, {part['size']}, 2 workers)",
        "",
        about,
        "",
        *_named(part["runs"]),
    ]


def _engine(part: Part) -> list[str]:
    rows = []
    for name, runs in part["runs"].items():
        empty = part["empty"][name]
        rows.append((
            name, _seconds(runs), _number(middle(runs, "cpu"), 1), _megabytes(runs, "memory"),
            _number(middle(empty, "start")), f"{1e3 * middle(empty, 'each'):.2f}",
        ))  # fmt: skip
    header = ("engine, workers", "build, s", "CPU, s", "peak MB", "start-up, s", "overhead per task, ms")
    about = (
        f"Start-up ends when each worker has done an empty task; overhead is what {part['tasks']:,} more take each. "
        "All builds gave the same bytes."
    )
    return [f"## Engines (nested, {part['size']} in {part['chunks']} chunks)", "", about, "", *table(header, rows)]


def _named(runs: dict[str, list[Part]]) -> list[str]:
    rows = [
        (name, _seconds(each), _number(middle(each, "cpu"), 1), _megabytes(each, "memory"))
        for name, each in runs.items()
    ]
    return table(("", "wall, s", "CPU, s", "peak MB"), rows)


def _notes() -> list[str]:
    """Return what people wrote about the figures: which stage falls short, and what was tried."""
    notes = HERE / "NOTES.md"
    return notes.read_text("utf-8").rstrip("\n").split("\n") if notes.is_file() else []
