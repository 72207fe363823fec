"""Package records that JSON Schemas describe as a dataset that anyone can load, verify and rebuild byte for byte.

    from dataset_packager import build, diff, new_project, open_release, validate, verify

What the commands do, for notebooks and programs: results are values and nothing is printed. Findings about the data are
part of the result; a wrong call or set-up raises ``SetupError``, a failing disk or network ``EnvironmentFailure``, both
in ``dataset_packager.base.findings``. Importing this imports nothing else: each function imports what it needs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dataset_packager.base.version import __version__ as __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dataset_packager.base.check_result import Verification
    from dataset_packager.base.run_results import BuildResult, NewProject, RunResult
    from dataset_packager.base.silent_reporter import Recorder
    from dataset_packager.diff import Changes
    from dataset_packager.project.config import Config
    from dataset_packager.project.extension import Extension
    from dataset_packager.release.open_release import OpenRelease

__all__ = ["build", "diff", "new_project", "open_release", "validate", "verify"]


def build(
    project: Path | str = ".",
    out: Path | str | None = None,
    *,
    workers: int | None = None,
    quarantine: bool = False,
    update_docs: bool = False,
    engine: str = "local",
    scheduler: str | None = None,
    extensions: Sequence[Extension[Config]] = (),
) -> BuildResult:
    """Make a release from a project's records and schemas, verify it, and return where it is.

    Args:
        project: the folder of a dataset project.
        out: where releases go, a folder or a URL; ``dist`` in the project by default.
        workers: processes to use; all cores by default, this one alone for a small input.
        quarantine: put refused records aside and go on.
        update_docs: fill the slots of the project's own DATASHEET.md, too.
        engine: ``local`` or ``dask``.
        scheduler: the address of a Dask cluster that runs already.
        extensions: what the project's own code adds.

    Raises:
        SetupError: configuration, schema, view or call is wrong.
        EnvironmentFailure: disk, network, memory or a worker failed; a former release stands as it was.
    """
    from dataset_packager.base.run_results import BuildResult
    from dataset_packager.build import Options
    from dataset_packager.build import build as run
    from dataset_packager.project.read_config import load_config
    from dataset_packager.stores.objects import is_url

    place = Path(project) / "dist" if out is None else out if is_url(str(out)) else Path(out)
    how = Options(
        place, workers=workers, quarantine=quarantine, update_docs=update_docs, engine=engine, scheduler=scheduler
    )
    config = load_config(Path(project), extensions)
    release, told = _recorded(lambda recorder: run(config, how, recorder))
    return BuildResult(**told, release=release)


def validate(
    project: Path | str = ".", *, workers: int | None = None, extensions: Sequence[Extension[Config]] = ()
) -> RunResult:
    """Judge a project's records, keys and references, and write nothing.

    Args:
        project: the folder of a dataset project.
        workers: processes to use; all cores by default, this one alone for a small input.
        extensions: what the project's own code adds.

    Raises:
        SetupError: configuration or schema is wrong.
        EnvironmentFailure: disk, network, memory or a worker failed.
    """
    from dataset_packager.base.run_results import RunResult
    from dataset_packager.build import Options
    from dataset_packager.build import validate as run
    from dataset_packager.project.read_config import load_config

    config = load_config(Path(project), extensions)
    _, told = _recorded(lambda recorder: run(config, Options(Path(), workers=workers), recorder))
    return RunResult(**told)


def verify(release: Path | str, *, full: bool = True, workers: int | None = None) -> Verification:
    """Prove a release from its folder, from behind its URL, or from the Hub (``ORG/NAME[@TAG]``) alone.

    Args:
        release: where it is.
        full: read all rows, too; without, hashes, counts, footers and the card are looked at. On the Hub always so.
        workers: processes to use; all cores by default.

    Raises:
        SetupError: there is no release.
        EnvironmentFailure: it can't be read, so that nothing can be said of it.
    """
    import os

    from dataset_packager.release.download import is_at_hand, local_release
    from dataset_packager.verify import verify_release

    workers = workers or os.cpu_count() or 1
    if not is_at_hand(release):
        from dataset_packager.hub import parse_address, verify_on_hub

        if address := parse_address(str(release)):
            return verify_on_hub(address, workers=workers)
    with local_release(release) as folder:
        return verify_release(folder, full=full, workers=workers)


def diff(old: Path | str, new: Path | str, *, workers: int | None = None) -> Changes:
    """Compare two releases: rows by key, columns, documents, and the version that must follow.

    Args:
        old: folder or URL of a release.
        new: folder or URL of a later one.
        workers: threads to use; all cores by default.

    Raises:
        SetupError: there is no release in one of them.
        DataFindings: a release can't be read; ``verify`` says more.
        EnvironmentFailure: it can't be fetched.
    """
    import os

    from dataset_packager.diff import compare
    from dataset_packager.release.download import local_release

    with local_release(old) as before, local_release(new) as after:
        return compare(before, after, threads=workers or os.cpu_count() or 1)


def open_release(folder: Path | str) -> OpenRelease:
    """Open the release in a folder, to read tables from it; it isn't verified.

    Raises:
        SetupError: there is no release, or its configuration can't be read.
    """
    from dataset_packager.release.open_release import opened

    return opened(Path(folder))


def new_project(
    folder: Path | str,
    records: Iterable[Path | str] = (),
    *,
    table: str | None = None,
    mixed: bool = False,
    typed: bool = False,
    schema: Path | str | None = None,
    copy: bool = False,
) -> NewProject:
    """Make a dataset project that builds at once, from records where there are some.

    Args:
        folder: where it goes; its name is the dataset's.
        records: files of records, and folders of them: each becomes a table. Without any, an example does.
        table: the name of the table, where there is one only; the file's or folder's by default.
        mixed: make one table of records of several kinds.
        typed: take the column types that every value fits; by default they are proposed in comments.
        schema: the JSON Schema of the table, where there is one already; by default one is inferred.
        copy: copy the records; by default they are linked where that can be done.

    Raises:
        SetupError: an input or the folder can't be used, or there are records of several kinds.
        EnvironmentFailure: reading or writing fails; nothing was written.
    """
    from dataset_packager.base.run_results import NewProject
    from dataset_packager.scaffold import Wishes
    from dataset_packager.scaffold import new_project as run

    wishes = Wishes(table, mixed, typed, None if schema is None else Path(schema), records="copy" if copy else "link")
    sources = [Path(each) for each in records]
    files, told = _recorded(lambda recorder: run(Path(folder), sources, recorder, wishes))
    return NewProject(**told, folder=Path(folder), files=tuple(files or ()))


def _recorded(run: Callable[[Recorder], Any]) -> tuple[Any, dict[str, Any]]:
    """Return what ``run`` gives, None where the data is against it, and all that it told."""
    from dataset_packager.base.findings import DataFindings
    from dataset_packager.base.silent_reporter import Recorder

    recorder, made, refused = Recorder(), None, None
    try:
        made = run(recorder)
    except DataFindings as error:
        refused = str(error)
    told = {"findings": recorder.summed, "tables": recorder.tables, "notes": tuple(recorder.notes)}
    return made, {"refused": refused, **told}


class _Face(ModuleType):
    """This package: a submodule of the same name, once imported, doesn't take a function's place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
