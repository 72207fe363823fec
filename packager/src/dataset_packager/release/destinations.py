"""Where releases appear: in a folder, or behind a URL.

A folder is described in ``release``. Behind a URL nothing is ever renamed; there stand

<out>/<name>/LATEST.json                        says which release is current; replaced last, in one step
<out>/<name>/releases/<version>-<digest>.json   lists all files of a release; it is created once, when they are there
<out>/<name>/releases/<version>-<digest>/…      the files: no release before that list stands, unchanged ever after
<out>/<name>/releases/<…>.rejected.jsonl        the records that this release goes without
<out>/<name>/chunks/<digest>/…                  the chunks that are done, ``result.json`` last

A release is made and verified in a scratch folder first. Of two builds that end at the same time both releases stand
whole, and one becomes current: the other is told so.
"""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import file_sha256, make_folder, scratch_folder
from dataset_packager.base.findings import DataFindings, EnvironmentFailure, PackagerError, SetupError
from dataset_packager.base.output import REJECTED
from dataset_packager.release import bag
from dataset_packager.release import folder as folders
from dataset_packager.release.names import MANIFEST
from dataset_packager.shards.chunk_store import sweep
from dataset_packager.shards.far_store import TRANSFERS, fetch
from dataset_packager.stores.objects import ABANDONED, WRITABLE, Prefix, check_url, local_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataset_packager.shards.results import ChunkResult

LATEST, RELEASES, CHUNKS = "LATEST.json", "releases", "chunks"
_CHUNK = re.compile("[0-9a-f]{32}")
COMPARED = 64 * 2**20  # bytes of a current release that are fetched only to warn about the next one's version


@dataclass(frozen=True)
class Folder:
    """The releases of ``name`` in the folder ``out``, which is absolute and leads through no link.

    ``shown`` is what people call the current release by.
    """

    out: Path
    name: str
    shown: str

    @property
    def folder(self) -> Path:
        """The folder on this machine in which releases appear."""
        return self.out

    @property
    def store(self) -> Path:
        """Where chunks that are done are kept."""
        return folders.chunk_store(self.out, self.name)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give an empty folder to make the release in."""
        with folders.staging_area(self.out, self.name) as staging:
            yield staging

    def known_origin(self) -> tuple[str, dict[str, dict[str, int]]] | None:
        """Return what the current release follows from, and the counts of its records; None where that isn't known."""
        return folders.known_origin(self.out, self.name)

    def note_origin(self, origin: str, tables: Mapping[str, Mapping[str, int]]) -> None:
        """Lay down what the release that has just appeared follows from, and the counts of its records."""
        folders.note_origin(self.out, self.name, origin, tables)

    def settle_chunks(self, results: Sequence[ChunkResult], _: Path) -> list[ChunkResult]:
        """Return the results of chunks; other chunks go."""
        sweep(self.store, [result.folder for result in results])
        return list(results)

    def current(self) -> Path | None:
        """Return the folder of the current release, None where there is none."""
        return folders.current(self.out, self.name)

    def appear(self, release: Path, version: str, rejected: Path) -> str:
        """Make a staged release current, and return where refused records are put, if there are any.

        It has been verified, so that its manifest holds.
        """
        known = bag.parse_manifest((release / MANIFEST).read_text("utf-8"))
        folders.appear(release, self.out, self.name, version, rejected, known)
        return f"{self.shown}{REJECTED}"


@dataclass
class Bucket:
    """The releases of ``name`` behind the URL ``out``.

    ``before`` tags what was current when the build began; ``shards`` has the URL of each chunk's file by SHA-256;
    ``scratch`` is a folder of this machine while there is one.
    """

    out: str
    name: str
    before: str | None = None
    shards: dict[str, str] = field(default_factory=dict)
    scratch: Path | None = None

    @property
    def shown(self) -> str:
        """What people call the current release by."""
        return f"{self.out}/{self.name}"

    @property
    def folder(self) -> Path | None:
        """The folder on this machine in which releases appear; None where that is elsewhere."""
        return local_path(self.out)

    @property
    def home(self) -> Prefix:
        """Everything that belongs to the dataset."""
        return Prefix(self.shown)

    @property
    def store(self) -> Prefix:
        """Where chunks that are done are kept."""
        return self.home.within(CHUNKS)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give an empty folder of this machine to make the release in."""
        self.before = self.home.tag(LATEST)
        with scratch_folder() as self.scratch:
            yield self.scratch
        self.scratch = None

    def known_origin(self) -> None:
        """Return None: a release behind a URL is made and compared again."""

    def note_origin(self, origin: str, tables: Mapping[str, Mapping[str, int]]) -> None:
        """Do nothing: nobody asks for it."""

    def settle_chunks(self, results: Sequence[ChunkResult], staging: Path) -> list[ChunkResult]:
        """Copy the chunks into ``staging``, and return the results with folders there; what nobody needs any more goes.

        Nobody knows who else is building, so that only what has been left alone for long is removed.
        """
        fetched = fetch(self.store, results, staging / CHUNKS)
        for result in results:
            place = self.store.within(result.folder.name)
            self.shards |= {shard.written.sha256: f"{place.url}/{shard.written.name}" for shard in result.shards}
        self._sweep({result.folder.name for result in results})
        return fetched

    def _sweep(self, needed: set[str]) -> None:
        if self.home.tag(LATEST) is None:
            return  # nothing says that what stands here is this program's own
        before = datetime.now(UTC) - ABANDONED
        for prefix in (self.home.within(CHUNKS), self.home.within(RELEASES)):
            prefix.abort_uploads(before)
        litter = [name for name in self._old(self.home, before) if _is_litter(PurePosixPath(name), needed)]
        for top in dict.fromkeys("/".join(PurePosixPath(name).parts[:2]) for name in litter):
            self._remove(PurePosixPath(top), before)

    def _remove(self, top: PurePosixPath, before: datetime) -> None:
        """Remove a chunk, or a release that isn't listed; what has changed meanwhile stays."""
        release = top.name.removesuffix(REJECTED)
        if top.parts[0] == RELEASES and self.home.tag(f"{RELEASES}/{release}.json"):
            return
        place = self.home.within(str(top))
        place.remove(self._old(place, before))
        if top.name.endswith(REJECTED):
            self.home.remove([str(top)])

    def _old(self, place: Prefix, before: datetime) -> list[str]:
        return [name for name, stored in place.names().items() if stored.written < before]

    def current(self) -> Path | None:
        """Return a folder with a copy of the current release while this build lasts, if it is small; else None.

        What is missing from it, because the release can't be fetched, is for those to tell who read it.
        """
        if self.scratch is None or self.before is None:
            return None
        folder = self.scratch / "current"
        try:
            files = _listed(self.shown)
            if sum(told["size"] for told in files[1].values()) > COMPARED:
                return None
            _fetch(*files, folder)
        except PackagerError:
            make_folder(folder)
        return folder

    def appear(self, release: Path, version: str, rejected: Path) -> str:
        """Put a release into the store, commit it, and make it current; return where refused records are put.

        Raises:
            EnvironmentFailure: the store fails, or another build's release became current meanwhile.
        """
        files = self._files(release)
        name = f"{version}-{folders.listing_digest({path: told['sha256'] for path, told in files.items()})[:12]}"
        releases = self.home.within(RELEASES)
        self._upload(release, files, releases.within(name))
        refused = rejected.stat().st_size > 0
        if refused:
            releases.put(rejected, f"{name}{REJECTED}")
        manifest = _as_bytes({"name": self.name, "version": version, "files": files, "rejected": refused})
        if not releases.create(f"{name}.json", manifest):
            raise EnvironmentFailure(f"{releases.url}/{name}.json: lists other files: remove it, then run this again")
        latest = _as_bytes({"name": self.name, "version": version, "release": name})
        if not self.home.replace(LATEST, latest, self.before):
            raise EnvironmentFailure(
                f"{self.shown}: another build's release became current while this one was made, which stands whole as "
                f"{RELEASES}/{name}: run the same command again to make it current"
            )
        return f"{releases.url}/{name}{REJECTED}"

    def _files(self, release: Path) -> dict[str, dict[str, Any]]:
        """Return SHA-256 and size of each file; shards are in the store already, by the hash in the manifest."""
        manifest = release / MANIFEST
        known = bag.parse_manifest(manifest.read_text("utf-8")) if manifest.exists() else {}

        def told(path: str) -> dict[str, Any]:
            if known.get(path) in self.shards:
                return {"sha256": known[path], "size": (release / path).stat().st_size}
            return _told(release / path)

        paths = folders.release_files(release)
        with ThreadPoolExecutor(TRANSFERS) as pool:
            return dict(zip(paths, pool.map(told, paths), strict=True))

    def _upload(self, release: Path, files: dict[str, dict[str, Any]], target: Prefix) -> None:
        fresh = datetime.now(UTC) - ABANDONED / 2  # what is older may just be swept by another build
        there = {name: stored.size for name, stored in target.names().items() if stored.written > fresh}

        def upload(path: str) -> None:
            if there.get(path) == files[path]["size"]:
                return  # another build's, or what was interrupted: the name of the release tells the content
            source = self.shards.get(files[path]["sha256"])
            target.copy(source, path) if source else target.put(release / path, path)

        with ThreadPoolExecutor(TRANSFERS) as pool:
            list(pool.map(upload, files))
        sizes = {name: stored.size for name, stored in target.names().items()}
        for path, told in files.items():
            if sizes.get(path) != told["size"]:
                raise EnvironmentFailure(f"{target.url}/{path}: vanished while it was written: run the command again")


def place_of(out: Path | str, name: str) -> Folder | Bucket:
    """Return where the releases of a dataset appear.

    Raises:
        SetupError: ``out`` is a URL that can't be written to.
    """
    if isinstance(out, Path):
        return Folder(Path(os.path.realpath(out)), name, str(out / name))
    check_url(out, WRITABLE)
    return Bucket(out.rstrip("/"), name)


def _is_litter(path: PurePosixPath, needed: set[str]) -> bool:
    """Say whether an old object may belong to nothing: to no chunk that is needed, or to a release (if not listed).

    What isn't called exactly as a build calls it is nobody's litter.
    """
    top, *rest = path.parts
    if top == CHUNKS:
        return len(rest) == 2 and bool(_CHUNK.fullmatch(rest[0])) and rest[0] not in needed
    if top != RELEASES or not rest or not folders.RELEASE_NAME.fullmatch(rest[0].removesuffix(REJECTED)):
        return False
    return len(rest) > 1 or path.name.endswith(REJECTED)


def _told(path: Path) -> dict[str, Any]:
    return {"sha256": file_sha256(path), "size": path.stat().st_size}


def _as_bytes(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def fetch_release(url: str, folder: Path) -> None:
    """Copy the release at a URL into ``folder``: the current one of a dataset, or ``<dataset>/releases/<release>``.

    Raises:
        SetupError: no release stands there.
        DataFindings: a file is missing, or not what the list of the release says.
        EnvironmentFailure: the network or the disk fails.
    """
    _fetch(*_listed(url), folder)


def _listed(url: str) -> tuple[Prefix, dict[str, dict[str, Any]]]:
    """Return where the files of a release are, and what its list tells of each."""
    check_url(url, WRITABLE)
    home, name = _address(url.rstrip("/"))
    releases = home.within(RELEASES)
    files = _member(releases.read(f"{name}.json"), "files", url)
    if not isinstance(files, dict) or not all(_is_told(told) for told in files.values()):
        raise SetupError(f"{url}: its list of files can't be read: name a release that a build has made")
    for path in files:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path:
            raise SetupError(f"{url}: its list of files leads out of the release: trust nothing in it")
    return releases.within(name), files


def _is_told(told: Any) -> bool:
    return isinstance(told, dict) and isinstance(told.get("size"), int) and isinstance(told.get("sha256"), str)


def _fetch(place: Prefix, files: dict[str, dict[str, Any]], folder: Path) -> None:
    with ThreadPoolExecutor(TRANSFERS) as pool:
        list(pool.map(lambda path: place.get(path, folder / path), files))
        told = pool.map(lambda path: _told(folder / path), files)
        wrong = [path for path, now in zip(files, told, strict=True) if now != files[path]]
    if wrong:
        raise DataFindings(f"{place.url}: not what its list of files says: {', '.join(sorted(wrong)[:10])}")


def _address(url: str) -> tuple[Prefix, str]:
    """Return the dataset's home and the release's name."""
    home, _, last = url.rpartition("/")
    if home.endswith(f"/{RELEASES}"):
        return Prefix(home.removesuffix(f"/{RELEASES}")), last
    name = _member(Prefix(url).read(LATEST), "release", url)
    if not isinstance(name, str) or "/" in name:
        raise SetupError(f"{url}: its {LATEST} names no release: name one of {url}/{RELEASES}/")
    return Prefix(url), name


def _member(data: bytes | None, member: str, url: str) -> Any:
    if data is None:
        raise SetupError(f"{url}: no release stands there: name what --out and the dataset's name make together")
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value.get(member) if isinstance(value, dict) else None
