"""Build the dataset of this project, or run one of the other commands: ``python build_dataset.py --help``."""

import sys

try:
    from captures.extension import CAPTURES
    from dataset_packager.cli import main
except ModuleNotFoundError as missing:
    mend = "run `make dataset` once, then .venv/bin/python build_dataset.py"
    sys.stderr.write(f"error: this Python lacks {missing.name}: {mend}\n")
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main(extensions=[CAPTURES]))
