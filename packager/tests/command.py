"""The command line, as the console script runs it: for tests that start a process."""

import sys

from dataset_packager.cli import main

if __name__ == "__main__":
    sys.exit(main())
