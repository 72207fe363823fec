"""An S3 for tests: moto's server at the address that is given, with a bucket named ``bucket``; it ends with its parent.

Its port is what it prints. Objects whose name begins with ``records/`` come from the folders that are given.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import boto3  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer


def fill(endpoint: str, folders: list[str]) -> None:
    """Make the bucket, with the files of some folders in it."""
    words = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **words)
    client.create_bucket(Bucket="bucket")
    for folder in map(Path, folders):
        for path in sorted(folder.iterdir()):
            client.upload_file(str(path), "bucket", f"records/{path.name}")


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # nobody reads a line for each request
    server = ThreadedMotoServer(ip_address=sys.argv[1], port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    fill(f"http://{sys.argv[1]}:{port}", sys.argv[2:])
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
