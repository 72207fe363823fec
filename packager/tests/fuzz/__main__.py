"""``python -m fuzz``: let atheris look for bytes that break a target, for a bounded time each.

What it finds is written to ``found/TARGET/`` beside this file, where the tests take it up as a case; then the program
ends with exit code 1. The target ``kernel`` is C: it is compiled with sanitizers, and tries random tables and lines.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run all targets, each in a process of its own, and return how many were broken, 1 at most."""
    parser = argparse.ArgumentParser("python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--target", help="this one alone")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.one:
        fuzz(options.target, options.seconds, rest)
    from fuzz.targets import TARGETS

    names = [options.target] if options.target else [*(target.__name__ for target in TARGETS), "kernel"]
    broken = [name for name in names if _run(name, options.seconds)]
    print(f"{len(names)} targets, {len(broken)} broken: {', '.join(broken) or 'none'}")  # noqa: T201 - its result
    return int(bool(broken))


def _run(name: str, seconds: int) -> int:
    from fuzz import kernel

    if name == "kernel":
        return kernel.fuzz(int(time.time()) << 24, seconds)  # seeds that no other run had
    words = ["--one", "--target", name, "--seconds", str(seconds)]
    return subprocess.run([sys.executable, "-m", "fuzz", *words], cwd=HERE.parent, check=False).returncode


def fuzz(name: str, seconds: int, rest: list[str]) -> None:
    """Fuzz one target in this process; atheris ends it."""
    import atheris  # type: ignore[import-untyped]  # it ships no types

    with atheris.instrument_imports(
        include=["dataset_packager", "fuzz.targets", "fuzz.grammars"], enable_loader_override=False
    ):
        from fuzz import targets

    found = HERE / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={found}/", *rest], getattr(targets, name))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parents[1] / "src"))
    sys.exit(main())
