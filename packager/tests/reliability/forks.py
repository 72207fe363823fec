"""A process that has everything imported and forks for each command line: a build takes a quarter of a second.

It reads one request a line (JSON: words, folder for what is printed and for temporary files, working folder,
seconds, limits, user, settings of modules, fault) and answers each with one line.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "src")]


def warm(project: str, out: str) -> None:
    """Build, and build again what has changed, so that the forks have all modules and nothing to do but their work."""
    from dataset_packager.cli import main

    _keep_templates()
    words = ["--project", project, "--out", out, "--workers", "1", "--quarantine"]
    records = Path(project, "data/seen.jsonl")
    with contextlib.redirect_stdout(sys.stderr):
        assert main(words) == 0
        records.write_text(records.read_text("utf-8").replace("first", "second"), "utf-8")
        assert main(words) == 0  # which compares the two
    gc.freeze()  # or each fork would copy what a collection looks at


def _keep_templates() -> None:
    """Compile a page's template once for all forks: it takes longer than the rest of a small build."""
    import jinja2

    compiled: dict[str, Any] = {}
    whole = jinja2.Environment.compile

    def compile_once(self: Any, source: str, *args: Any, **options: Any) -> Any:
        if source not in compiled:
            compiled[source] = whole(self, source, *args, **options)
        return compiled[source]

    setattr(jinja2.Environment, "compile", compile_once)  # noqa: B010 - mypy takes no other way


def child(request: dict[str, Any]) -> int:
    """Run one command line in this process, under its fault and its limits, and return the exit code."""
    from dataset_packager.cli import main
    from reliability.faults import Plan

    os.setsid()
    _cut_network()
    for number, name in ((1, "out"), (2, "err")):
        descriptor = os.open(f"{request['folder']}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, number)
    tempfile.tempdir = request["folder"]
    if "cwd" in request:
        os.chdir(request["cwd"])
    for limit, value in request.get("limits", {}).items():
        resource.setrlimit(getattr(resource, limit), (value, value))
    for name, value in request.get("settings", {}).items():
        module, _, member = name.rpartition(".")
        setattr(importlib.import_module(module), member, value)
    if "user" in request:
        os.setgroups([])
        os.setgid(request["user"])
        os.setuid(request["user"])
    plan = Plan(**request["fault"]) if "fault" in request else None
    if plan:
        plan.install()
    code = main(request["words"])
    if plan:
        print(json.dumps(plan.names), file=sys.__stdout__, flush=True)
    return code


def _cut_network() -> None:
    """Let this process reach nothing: in a network of its own where that is allowed, and by refusing sockets."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).unshare(0x40000000)  # CLONE_NEWNET
    sys.addaudithook(_refuse_sockets)


def _refuse_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    within = event == "socket.connect" and isinstance(arguments[1], str | bytes)  # processes of one machine talk so
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto") and not within:
        raise AssertionError(f"{event} {arguments[1:]}")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fork for a request, and tell how the fork ended; it is killed when its time is up."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = child(request)
        except BaseException:  # noqa: BLE001 - the traceback is what the test looks for
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + request.get("seconds", 60)
    while not (done := os.wait4(pid, os.WNOHANG))[0]:
        if time.monotonic() > end:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return {"code": None, "memory": 0}
        time.sleep(0.002)
    return {"code": os.waitstatus_to_exitcode(done[1]), "memory": done[2].ru_maxrss * 1024}


if __name__ == "__main__":
    warm(sys.argv[1], sys.argv[2])
    print("ready", flush=True)  # noqa: T201 - its answers
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)  # noqa: T201
