"""Where the program starts: ``python -m dataset_packager`` is the same as ``dataset-packager``.

Little is imported before the rest is: where that fails, for want of memory or because a package is broken, one line
says so, and the exit code isn't Python's own 1, which would mean findings.
"""

import atexit
import os
import sys
from typing import NoReturn

MEND = "give it more memory (ulimit -v), or install its packages anew; then run the same command again"


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from dataset_packager.cli import main as run
    except Exception as error:  # noqa: BLE001 - nobody can list how an import may fail
        why = " ".join(f"{type(error).__name__}: {error}".split())
        sys.stderr.write(f"error: the program can't start: {why}: {MEND}\n")
        return 3
    return run()


def program() -> NoReturn:
    """Run the command line and end the process with its exit code.

    All that was registered for the end is done. Then the system takes everything back at once, which Python would take
    apart object by object, for tens of milliseconds.
    """
    codes: list[int] = []
    atexit.register(lambda: os._exit(codes[0]) if codes else None)  # the first that is registered is called last
    codes.append(main())
    sys.exit(codes[0])


if __name__ == "__main__":
    program()
