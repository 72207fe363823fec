"""Build the dataset of this project, or run one of the other commands: ``python build_dataset.py --help``."""

import sys

from captures.extension import CAPTURES
from dataset_packager.cli import main

if __name__ == "__main__":
    sys.exit(main(extensions=[CAPTURES]))
