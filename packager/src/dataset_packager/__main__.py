"""Where the program starts: ``python -m dataset_packager`` is the same as ``dataset-packager``.

Little is imported before the rest is: where that fails, for want of memory or because a package is broken, one line
says so, and the exit code isn't Python's own 1, which would mean findings.
"""

import gc
import sys

MEND = "give it more memory (ulimit -v), or install its packages anew; then run the same command again"


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from dataset_packager.cli import main as run
    except Exception as error:  # noqa: BLE001 - nobody can list how an import may fail
        why = " ".join(f"{type(error).__name__}: {error}".split())
        sys.stderr.write(f"error: the program can't start: {why}: {MEND}\n")
        return 3
    try:
        return run()
    finally:
        if "duckdb" not in sys.modules:  # whose binding tells on stderr of all that is left at the end
            gc.freeze()  # the process ends: Python would look through all that there is before it lets go of it


if __name__ == "__main__":
    sys.exit(main())
