"""Build the dataset of this project, or run one of the other commands: ``python build_dataset.py --help``."""

import sys

try:
    from captures.extension import CAPTURES
    from dataset_packager.cli import main
except ModuleNotFoundError as missing:
    mend = "run `make dataset` once, then .venv/bin/python build_dataset.py"
    sys.stderr.write(f"error: this Python lacks {missing.name}: {mend}\n")
    sys.exit(2)
except Exception as error:  # noqa: BLE001 - too little memory, a broken package: Python's own exit code 1 means findings
    why = " ".join(f"{type(error).__name__}: {error}".split())
    mend = "give it more memory (ulimit -v), or run `make dataset` anew"
    sys.stderr.write(f"error: the program can't start: {why}: {mend}\n")
    sys.exit(3)

if __name__ == "__main__":
    sys.exit(main(extensions=[CAPTURES]))
