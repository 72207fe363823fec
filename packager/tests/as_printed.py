"""Runs the blocks of a document as they are printed: in a fresh copy, one shell, and nothing activated.

Nothing is fetched: a `python3` stands before the machine's own, whose environments have the installed packages at hand,
so that pip finds all of them satisfied, and builds the packager alone. What needs an account on the Hub is left out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from documents_read import blocks, commands

ROOT = Path(__file__).parents[2]
_LEFT_OUT = ("publish REPO=ORG/library\n", "publish dist/frontline-claims", "verify ORG/", "make test ")
_PYTHON3 = """#!/bin/sh
if [ "$1 $2" = "-m venv" ] && [ -d "{packages}/pip" ]; then
    "{python}" "$@" --without-pip || exit $?    # unpacking another pip takes longer than all that follows
    printf '#!%s/bin/python\\nfrom pip._internal.cli.main import main\\nraise SystemExit(main())\\n' \\
        "$(cd "$3" && pwd)" > "$3/bin/pip"
    chmod +x "$3/bin/pip"
else
    "{python}" "$@" || exit $?
    [ "$1 $2" = "-m venv" ] || exit 0
fi
for folder in "$3"/lib/python*/site-packages; do
    rm -rf "$folder"/setuptools*    # an old one, where a machine has one for new environments
    echo "{packages}" > "$folder/at_hand.pth"
done
"""


def fresh_copy(folder: Path) -> Path:
    """Return a copy of what a clone of the repository has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def run_as_printed(text: str, folder: Path, python: str, scratch: Path) -> str:
    """Run a document's blocks in a folder, those in Python with ``python``; return what they print.

    A command that is said to end with an exit code has to; all others have to end well.
    """
    script = ["set -u"]
    for language, block in blocks(text, "sh", "python"):
        if language == "python":
            script += [f"{python} - <<'END_OF_BLOCK'", block.rstrip(), "END_OF_BLOCK", _ended("a block in Python", 0)]
        else:
            for command in commands(block):
                if not any(word in f"{command}\n" for word in _LEFT_OUT):
                    code = re.search(r"# exit code (\d)", command)
                    script += [command, _ended(command.partition("\n")[0], int(code[1]) if code else 0)]
    shell = ["bash", "-c", "\n".join(script)]
    ran = subprocess.run(shell, cwd=folder, env=_environment(scratch), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _ended(command: str, code: int) -> str:
    shown = command.replace("'", "")
    return f"ended=$?; [ $ended = {code} ] || {{ echo 'ended with '$ended: '{shown}' >&2; exit 1; }}"


def _environment(scratch: Path) -> dict[str, str]:
    """Return what a shell knows in which nothing was activated."""
    (scratch / "bin").mkdir()
    python3 = scratch / "bin/python3"
    packages = sysconfig.get_path("purelib")
    python3.write_text(_PYTHON3.format(python=Path(sys.executable).resolve(), packages=packages), "utf-8")
    python3.chmod(0o755)
    return {
        "PATH": f"{scratch}/bin:/usr/bin:/bin", "HOME": str(scratch), "LANG": "C.UTF-8",
        "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_COMPILE": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(scratch / "hub"),
    }  # fmt: skip
