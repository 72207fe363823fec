"""Results as they are kept between runs: JSON beside the report, each part with the build that it was measured on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.inputs import HERE

PACKAGES = ("pyarrow", "orjson", "jsonschema-rs", "duckdb", "polars", "datasets", "jsonschema")
Results = dict[str, Any]


def environment() -> dict[str, Any]:
    """Return what figures depend on: machine, system and versions; neither its name nor where anything lies."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def build_digest() -> str:
    """Return the beginning of a hash over the build's own code: which build figures speak of."""
    whole = hashlib.sha256()
    for path in sorted((HERE.parent / "src/dataset_packager").rglob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def load(path: Path) -> Results:
    """Return the kept results; none where there are none, or where those are of another machine or other versions."""
    here = environment()
    if path.is_file():
        kept: Results = json.loads(path.read_bytes())
        if kept["environment"] == here:
            return kept
    return {"environment": here, "comparisons": {}, "constants": {}}


def circumstances() -> dict[str, Any]:
    """Return what is noted before a part begins: which build it speaks of, and how busy the machine is with others."""
    return {"build": build_digest(), "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None}


def keep(path: Path, results: Results, kind: str, name: str, part: dict[str, Any]) -> None:
    """Put one part into the results, in the place of what stood there, and write them."""
    results[kind][name] = part
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
