"""``python -m dataset_packager`` is the same program as ``dataset-packager``."""

import sys

from dataset_packager.cli import main

if __name__ == "__main__":
    sys.exit(main())
