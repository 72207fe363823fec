"""Releases behind a URL, where nothing is ever renamed.

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
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import file_sha256, make_folder, scratch_folder
from dataset_packager.base.findings import DataFindings, EnvironmentFailure, PackagerError, SetupError
from dataset_packager.base.output_folders import REJECTED
from dataset_packager.release import bag
from dataset_packager.release.destinations.interface import Destination
from dataset_packager.release.folder_digest import listing_digest, release_files
from dataset_packager.release.names import MANIFEST
from dataset_packager.release.own_files import RELEASE_NAME
from dataset_packager.shards.chunk_objects import ChunkObjects
from dataset_packager.stores.objects import ABANDONED, TRANSFERS, WRITABLE, Prefix, check_url

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.shards.chunk_results import ChunkResult

LATEST, RELEASES, CHUNKS = "LATEST.json", "releases", "chunks"
COMPARED = 64 * 2**20  # bytes of a current release that are fetched only to warn about the next one's version


@dataclass
class ObjectStore(Destination):
    """The releases of ``name`` behind the URL ``out``; ``before`` tags what was current when the build began."""

    out: str
    name: str
    before: str | None = None

    @classmethod
    def at(cls, out: str, name: str) -> ObjectStore:
        """Return the destination that a URL names.

        Raises:
            SetupError: nothing can be written there.
        """
        check_url(out, WRITABLE)
        return cls(out.rstrip("/"), name)

    @property
    def shown(self) -> str:
        """The URL of the dataset."""
        return f"{self.out}/{self.name}"

    @property
    def folder(self) -> None:
        """None: nothing of it is on this machine."""

    @property
    def home(self) -> Prefix:
        """Everything that belongs to the dataset."""
        return Prefix(self.shown)

    @property
    def chunks(self) -> ChunkObjects:
        """Those beside the releases."""
        return ChunkObjects(self.home.within(CHUNKS))

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give a scratch folder."""
        self.before = self.home.tag(LATEST)
        with scratch_folder() as scratch:
            yield scratch

    def sweep(self, needed: Collection[str]) -> None:
        """Remove what isn't needed and has been left alone for long: nobody knows who else is building."""
        if self.home.tag(LATEST) is None:
            return  # nothing says that what stands here is this program's own
        self.chunks.sweep(needed)
        before, releases = datetime.now(UTC) - ABANDONED, self.home.within(RELEASES)
        releases.abort_uploads(before)
        litter = filter(_is_litter, map(PurePosixPath, releases.written_before(before)))
        for top in dict.fromkeys(path.parts[0] for path in litter):
            release = top.removesuffix(REJECTED)
            if releases.tag(f"{release}.json") is None:  # it was never listed, or isn't yet
                there = releases.within(release)
                there.remove(there.written_before(before))
                if top.endswith(REJECTED):
                    releases.remove([top])

    def current(self, scratch: Path) -> Path | None:
        """Return a folder with a copy of the current release, if it is small; else None.

        What is missing from it, because the release can't be fetched, is for those to tell who read it.
        """
        if self.before is None:
            return None
        folder = scratch / "current"
        try:
            releases, files = _listed(self.shown)
            if sum(file["size"] for file in files.values()) > COMPARED:
                return None
            _fetch(releases, files, folder)
        except PackagerError:
            make_folder(folder)
        return folder

    def appear(self, release: Path, version: str, rejected: Path, chunks: Sequence[ChunkResult]) -> str:
        """Put a release into the store, commit it, and make it current."""
        shards = self.chunks.urls(chunks)
        files = _files(release, shards)
        name = f"{version}-{listing_digest({path: file['sha256'] for path, file in files.items()})[:12]}"
        releases = self.home.within(RELEASES)
        _upload(release, files, releases.within(name), shards)
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

    @classmethod
    def fetch(cls, url: str, folder: Path) -> None:
        """Copy the current release of a dataset, or ``<dataset>/releases/<release>``."""
        _fetch(*_listed(url), folder)


def _files(release: Path, shards: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return SHA-256 and size of each file; the hashes of shards, which are in the store already, are known."""
    manifest = release / MANIFEST
    known = bag.parse_manifest(manifest.read_text("utf-8")) if manifest.exists() else {}

    def file(path: str) -> dict[str, Any]:
        if known.get(path) in shards:
            return {"sha256": known[path], "size": (release / path).stat().st_size}
        return _entry(release / path)

    paths = release_files(release)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        return dict(zip(paths, pool.map(file, paths), strict=True))


def _upload(release: Path, files: Mapping[str, dict[str, Any]], target: Prefix, shards: Mapping[str, str]) -> None:
    fresh = datetime.now(UTC) - ABANDONED / 2  # what is older may just be swept by another build
    there = {name: stored.size for name, stored in target.names().items() if stored.written > fresh}

    def upload(path: str) -> None:
        if there.get(path) == files[path]["size"]:
            return  # another build's, or what was interrupted: the name of the release tells the content
        source = shards.get(files[path]["sha256"])
        target.copy(source, path) if source else target.put(release / path, path)

    with ThreadPoolExecutor(TRANSFERS) as pool:
        list(pool.map(upload, files))
    sizes = {name: stored.size for name, stored in target.names().items()}
    for path, file in files.items():
        if sizes.get(path) != file["size"]:
            raise EnvironmentFailure(f"{target.url}/{path}: vanished while it was written: run the command again")


def _is_litter(path: PurePosixPath) -> bool:
    """Say whether an old object below ``releases`` may belong to none, by its name.

    What isn't called exactly as a build calls it is nobody's litter.
    """
    if not RELEASE_NAME.fullmatch(path.parts[0].removesuffix(REJECTED)):
        return False
    return len(path.parts) > 1 or path.name.endswith(REJECTED)


def _entry(path: Path) -> dict[str, Any]:
    return {"sha256": file_sha256(path), "size": path.stat().st_size}


def _as_bytes(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def _listed(url: str) -> tuple[Prefix, dict[str, dict[str, Any]]]:
    """Return where the files of a release are, and what its list says of each."""
    check_url(url, WRITABLE)
    home, name = _address(url.rstrip("/"))
    releases = home.within(RELEASES)
    files = _member(releases.read(f"{name}.json"), "files", url)
    if not isinstance(files, dict) or not all(_is_entry(entry) for entry in files.values()):
        raise SetupError(f"{url}: its list of files can't be read: name a release that a build has made")
    for path in files:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path:
            raise SetupError(f"{url}: its list of files leads out of the release: trust nothing in it")
    return releases.within(name), files


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("size"), int) and isinstance(entry.get("sha256"), str)


def _fetch(place: Prefix, files: dict[str, dict[str, Any]], folder: Path) -> None:
    with ThreadPoolExecutor(TRANSFERS) as pool:
        list(pool.map(lambda path: place.get(path, folder / path), files))
        fetched = pool.map(lambda path: _entry(folder / path), files)
        wrong = [path for path, entry in zip(files, fetched, strict=True) if entry != files[path]]
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
