"""The machine code is what ``kernel.c`` gives, is run only if it is what was shipped, and isn't needed."""

from __future__ import annotations

import ast
import ctypes
import hashlib
import platform
import re
import shutil
import struct
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import PACKAGE, PACKAGER, python, ran_well

from dataset_packager.columns import fast as columnar
from dataset_packager.columns.fast import compile_kernel
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.fast import kernel_loader as compiled
from dataset_packager.columns.fast.shipped_kernels import BUILDS, SOURCE_SHA256
from dataset_packager.scaffold.wheel import wheel

from .test_same_verdict import MANY
from .two_ways import Both, job_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import CommandLine

FOLDER = Path(columnar.__file__).parent
SHIPPED = (sys.platform, platform.machine()) in compiled._FILES
here = pytest.mark.skipif(not SHIPPED, reason="there is no machine code for this machine")
C_SOURCE = re.sub(r"/\*.*?\*/", "", (FOLDER / compile_kernel.SOURCE).read_text("utf-8"), flags=re.DOTALL)
LINES = [b'{"id":"a","n":5,"l":[1,2]}', b'{"id":5}', b'{"id":"b","s":{"y":null}}']


@pytest.fixture(autouse=True)
def _looked_for_anew() -> Iterator[None]:
    """Each test looks for the machine code itself, and leaves nothing of what it pretended."""
    compiled.found.cache_clear()
    yield
    compiled.found.cache_clear()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine's file, in a folder where tests can damage it."""
    folder = tmp_path / "columnar"
    folder.mkdir()
    for name in BUILDS:
        shutil.copyfile(FOLDER / name, folder / name)
    monkeypatch.setattr(compiled, "FOLDER", folder)
    return folder / compiled.sound_file().name


def quick_way(tmp_path: Path) -> bool:
    """Say whether lines are read straight into columns, and see to it that they are judged as they should."""
    both = Both.of(job_of(tmp_path / "project", MANY))
    assert both.judge(LINES).accepted.tolist() == [True, False, True]
    return both.reader is not None


@pytest.mark.skipif(compile_kernel.why_not() is not None, reason=compile_kernel.why_not() or "")
def test_the_files_are_what_the_compiler_makes_of_the_source() -> None:
    source = (FOLDER / compile_kernel.SOURCE).read_bytes()
    files = compile_kernel.compiled(source)
    assert {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} == BUILDS
    assert compile_kernel.hashes(source, files) == (FOLDER / "shipped_kernels.py").read_text("utf-8")


@pytest.mark.skipif(compile_kernel.why_not() is not None, reason=compile_kernel.why_not() or "")
def test_another_source_gives_other_files() -> None:
    source = (FOLDER / compile_kernel.SOURCE).read_bytes()
    other = compile_kernel.compiled(source.replace(b"MOST_DIGITS = 18", b"MOST_DIGITS = 17"))
    assert not set(BUILDS.values()) & {hashlib.sha256(content).hexdigest() for content in other.values()}


def test_the_source_and_the_files_are_those_that_were_built_together() -> None:
    """Holds where no compiler is at hand: whoever changes the source has to run ``make kernel``."""
    assert hashlib.sha256((FOLDER / compile_kernel.SOURCE).read_bytes()).hexdigest() == SOURCE_SHA256
    assert {path.name for path in FOLDER.glob("kernel-*")} == set(BUILDS) == set(compile_kernel.TARGETS)
    for name, sha256 in BUILDS.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == sha256, name
    assert set(compiled._FILES.values()) == set(BUILDS)


def test_the_files_are_small_and_name_no_path_of_the_machine_that_made_them() -> None:
    for name in BUILDS:
        content = (FOLDER / name).read_bytes()
        assert len(content) <= 70_000, name  # a page of 16 KB more than it takes on macOS
        paths = set(re.findall(rb"/[\w.-]+/[\w./-]+", content))
        assert paths <= {b"/usr/lib/dyld", b"/usr/lib/libSystem.B.dylib"}, name


@pytest.mark.parametrize("name", sorted(name for name in BUILDS if name.endswith(".so")))
def test_the_files_for_linux_need_no_library_and_no_relocation(name: str) -> None:
    """So glibc and musl load the same file. It also needs no page of a certain size."""
    content = (FOLDER / name).read_bytes()
    tags = {tag for tag, _ in dynamic(content)}
    needed, rela, rel, init, init_array, textrel, jmprel = 1, 7, 17, 12, 25, 22, 23
    assert not tags & {needed, rela, rel, init, init_array, textrel, jmprel}
    assert all(align >= (0x10000 if "aarch64" in name else 0x1000) for align in alignments(content))


def segments(content: bytes) -> Iterator[tuple[int, ...]]:
    """Yield the program headers of an ELF file: type, flags, offset, addresses, sizes, alignment."""
    (offset,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for number in range(count):
        yield struct.unpack_from("<IIQQQQQQ", content, offset + number * size)


def dynamic(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the dynamic section's tags and values."""
    ((_, _, offset, _, _, size, _, _),) = (each for each in segments(content) if each[0] == 2)
    for place in range(offset, offset + size, 16):
        yield struct.unpack_from("<qQ", content, place)


def alignments(content: bytes) -> list[int]:
    return [each[7] for each in segments(content) if each[0] == 1]


STRUCTS = {
    "Node": ("KIND", layout.WIDTH),
    "Control": ("POSITION", layout.CONTROL),
    "Row": ("START", layout.ROW),
    "Frame": ("WHERE", layout.FRAME),
    "Way": ("SIZES", layout.WAY),
}


@pytest.mark.parametrize("struct_name", STRUCTS)
def test_the_source_and_python_agree_about_what_stands_where(struct_name: str) -> None:
    found = re.search(r"typedef struct \{([^}]*)\} " + struct_name + ";", C_SOURCE)
    assert found
    fields = [name.upper() for name in re.findall(r"(\w+)(?=[,;])", found[1])]
    assert set(re.findall(r"(\w+) \w+[,;]", found[1])) <= {"int64_t", "uint64_t"}
    first, width = STRUCTS[struct_name]
    assert (fields[0], len(fields)) == (first, width)
    assert [getattr(layout, name) for name in fields] == list(range(width))


def test_the_source_and_python_agree_about_every_other_number() -> None:
    kinds = re.search(r"enum \{ (STRUCT[^}]*) \};", C_SOURCE)
    assert kinds
    names = kinds[1].split(", ")
    assert [getattr(layout, name) for name in names] == list(range(len(names)))
    valued = re.findall(r"\b([A-Z_]+) = (-?\d+)\b", C_SOURCE)
    assert {name for name, _ in valued} == {
        "BROKEN", "NO_CELL", "NO_TEXT", "UNNAMED", "MOST_DIGITS", "EXACT_DIGITS", "MOST_KEYS", "SAID_NULL",
        "MOST_PLACES", "WHOLE", "SLOTS",
    }  # fmt: skip
    assert {name: getattr(layout, name) for name, _ in valued} == {name: int(value) for name, value in valued}


@here
def test_lines_are_read_straight_into_columns_by_the_file_that_was_shipped(
    tmp_path: Path, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, loaded = ctypes.CDLL, []

    def seen(name: str) -> ctypes.CDLL:
        loaded.append(name)
        return load(name)

    monkeypatch.setattr(ctypes, "CDLL", seen)
    assert columnar.why_exact() is None
    assert quick_way(tmp_path)
    assert loaded == [str(copied)]


@here
@pytest.mark.parametrize("damage", ["empty", "half", "one byte", "more", "another machine's", "gone", "a folder"])
def test_a_file_that_is_not_what_was_shipped_is_never_loaded(
    tmp_path: Path, copied: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = copied.read_bytes()
    loaded: list[str] = []
    others = [path for path in copied.parent.iterdir() if path != copied]
    bent = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "one byte": whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:],
        "more": whole + b"\0",
        "another machine's": others[0].read_bytes(),
    }
    copied.unlink()
    if damage == "a folder":
        copied.mkdir()
    elif damage != "gone":
        copied.write_bytes(bent[damage])
    monkeypatch.setattr(ctypes, "CDLL", loaded.append)
    reason = columnar.why_exact()
    assert reason is not None
    assert str(copied) in reason
    assert "install the build again" in reason
    assert not quick_way(tmp_path)
    assert loaded == []


@here
def test_where_the_system_refuses_to_load_the_file_lines_are_read_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise OSError(f"{name}: failed to map segment from shared object")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert "failed to map segment" in (columnar.why_exact() or "")
    assert not quick_way(tmp_path)


ELSEWHERE = [("linux", "riscv64"), ("linux", "i686"), ("linux", ""), ("win32", "AMD64"), ("freebsd14", "x86_64")]


@pytest.mark.parametrize(("system", "machine"), ELSEWHERE)
def test_on_other_machines_the_exact_way_reads_lines_and_the_reason_names_the_machine(
    system: str, machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    reason = columnar.why_exact()
    assert reason is not None
    assert f"{system} on {machine or 'this machine'}" in reason
    monkeypatch.undo()  # what was found is remembered
    assert not quick_way(tmp_path)


@here
def test_a_program_of_32_bits_does_not_load_what_has_64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "sizeof", lambda _: 4)
    assert "32 bits" in (columnar.why_exact() or "")


def test_a_build_says_why_it_reads_lines_the_exact_way(
    project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("dataset_packager.build"), "WORTH_COLUMNS", 0)
    quick = cli("--project", project, "--out", tmp_path / "quick")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    compiled.found.cache_clear()
    exact = cli("--project", project, "--out", tmp_path / "exact")
    told = "lines are read the exact way, which gives the same and takes longer: there is no compiled reader for"
    assert (quick.code, exact.code) == (0, 0)
    assert told in exact.out + exact.err
    assert not SHIPPED or told not in quick.out + quick.err


READ = f"""
import sys, os, pathlib
sys.path[:0] = [{str(PACKAGER / "src")!r}, {str(PACKAGER / "tests")!r}]
from columns.fast.test_machine_code import LINES, MANY
from columns.fast.two_ways import Both, job_of
both = Both.of(job_of(pathlib.Path(sys.argv[1]), MANY))
assert both.judge(LINES).accepted.tolist() == [True, False, True]
if os.fork():
    raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
assert both.judge(LINES).accepted.tolist() == [True, False, True]
print("read by a forked process")
"""


@here
def test_a_process_that_was_forked_reads_with_what_its_parent_loaded(tmp_path: Path) -> None:
    assert "read by a forked process" in ran_well(python("-W", "ignore", "-c", READ, tmp_path)).out


def test_a_build_keeps_nothing_in_the_cache_folder_of_the_user(project: Path, tmp_path: Path) -> None:
    cache, home = tmp_path / "cache", tmp_path / "home"
    cache.mkdir()
    home.mkdir()
    code = "import sys; from dataset_packager import cli; import dataset_packager.build; "
    code += "sys.modules['dataset_packager.build'].WORTH_COLUMNS = 0; raise SystemExit(cli.main())"
    words = ("-c", code, "--project", project, "--out", tmp_path / "out")
    ran_well(python(*words, XDG_CACHE_HOME=str(cache), HOME=str(home)))
    assert [path for folder in (cache, home) for path in folder.rglob("*") if path.is_file()] == []


def test_no_module_of_the_build_imports_a_compiler() -> None:
    modules = [*PACKAGE.rglob("*.py")]
    imported = set()
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    assert len(modules) > 100
    assert "numpy" in imported
    assert not imported & {"numba", "llvmlite", "cffi", "ziglang", "Cython"}


def test_the_compiler_is_pinned_where_it_is_installed_and_no_build_requires_it() -> None:
    pinned = re.findall(r"^(\S+)==(\S+)", (PACKAGER / "requirements-kernel.txt").read_text("utf-8"), re.MULTILINE)
    assert pinned == [("ziglang", compile_kernel.COMPILER)]
    for lock in ("src/dataset_packager/scaffold/requirements.txt", "pyproject.toml"):
        text = (PACKAGER / lock).read_text("utf-8")
        assert "pyarrow" in text
        assert not re.search("ziglang|numba|llvmlite", text), lock


def test_one_wheel_carries_the_source_and_all_files() -> None:
    content = wheel()
    for name in (compile_kernel.SOURCE, *BUILDS):
        assert (FOLDER / name).read_bytes() in content, name
