"""Data sets come from a server, or from a folder or archive of the user's, to a manifest.

Each fault on the way is overcome, or told in words that say what to do. What is served is a small
copy of each data set in its real layout; everything else is what runs for the real one.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.downloads.archives import build_zip
from tests.downloads.environments import (
    FILE,
    Place,
    check_manifest,
    draw_copy,
    hash_bytes,
    ingest,
    load_parameters,
)
from tests.downloads.redirects import stand_in_for_all
from tests.downloads.servers import Fault, FileServer
from tests.sources import layouts

from crack_pipeline import sources
from crack_pipeline.errors import (
    ArchiveError,
    CrackPipelineError,
    DownloadError,
    LayoutError,
    ParameterError,
    SourceError,
)

OFFERS = [
    (name, offer.kind) for name, source in sources.SOURCES.items() for offer in source.downloads
]
SYNTHETIC = sources.SOURCES["synthetic"].name
NAMES = sorted(set(sources.SOURCES) - {SYNTHETIC, "starter", "class_folders", "paired_folders"})
EVIL = "../../../../evil.jpg"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FileServer]:
    """A server in the place of all others, and a program that could unpack compressed rar."""
    program = tmp_path / "bin" / "unrar"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")  # is asked for, but stored members need none
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    with stand_in_for_all(monkeypatch, tmp_path / "home") as running:
        yield running


@pytest.fixture(params=OFFERS, ids="-".join)
def place(
    request: pytest.FixtureRequest, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """Each data set at each server that offers it."""
    name, kind = request.param
    source = sources.SOURCES[name]
    offer = next(offer for offer in source.downloads if offer.kind == kind)
    if kind == "http":
        offer = replace(offer, address=f"{server.url}{FILE}")
        known = {**sources.SOURCES, name: replace(source, downloads=(offer,))}
        monkeypatch.setattr(sources, "SOURCES", known)
    return Place(server, name, offer)


def test_all_that_is_offered_is_tried() -> None:
    assert OFFERS == [
        ("metu", "mendeley"),
        ("metu", "kaggle"),
        ("concrete_masks", "kaggle"),
        ("crackseg", "http"),
        ("crackforest", "http"),
    ]


def test_what_is_fetched_becomes_a_manifest_and_is_not_fetched_again(place: Place) -> None:
    place.serve_copy()
    check_manifest(place.ingest(), place.name)
    n_requests = len(place.server.requests)
    check_manifest(place.ingest(), place.name)
    assert len(place.server.requests) == n_requests


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, headers={"Retry-After": "0"}),
        Fault(status=500),
        Fault(drip_bytes=20_000, drip_s=0.001),
    ],
    ids=["429", "500", "slow"],
)
def test_trouble_that_passes_is_overcome(place: Place, fault: Fault) -> None:
    place.serve_copy()
    place.fail(fault)
    check_manifest(place.ingest(), place.name)
    assert not place.server.faults[FILE]


def test_a_connection_that_is_cut_is_taken_up_where_it_ended(place: Place) -> None:
    half = len(place.serve_copy()) // 2
    place.fail(Fault(cut_at=half))
    check_manifest(place.ingest(), place.name)
    assert place.server.ranges(FILE)[-2:] == [None, f"bytes={half}-"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_told_with_the_way_by_hand(place: Place, status: int) -> None:
    place.serve_copy()
    place.server.fail_always(FILE, Fault(status=status))
    error = place.check_refused(DownloadError, f"HTTP {status}")
    assert f"save it as {place.archive.name} in the folder" in error.remedy
    place.archive.write_bytes(place.pack(draw_copy(place.name).files))
    check_manifest(place.ingest(), place.name)


def test_an_archive_that_has_changed_since_it_was_first_fetched_is_refused(place: Place) -> None:
    first = place.serve_copy()
    place.ingest(to_node="fetch_source")
    place.archive.unlink()
    shutil.rmtree(place.raw / "unpacked")
    other = place.serve_copy(seed=1, etag='"second"')
    error = place.check_refused(DownloadError, "must have the checksum")
    assert f"{hash_bytes(other)[:16]}… instead of {hash_bytes(first)[:16]}" in error.received
    assert f"{place.archive.name}.json" in error.remedy
    assert not place.archive.exists()


def test_half_an_archive_is_refused_until_it_is_whole(place: Place) -> None:
    """The server sends half the archive as if it were the whole."""
    content = place.pack(draw_copy(place.name).files)
    place.serve(content[: len(content) // 2], stated=content)
    if place.offer.kind == "mendeley":
        place.check_refused(DownloadError, "must have the checksum")
    else:
        error = place.check_refused(ArchiveError, "cut off")
        assert "delete it, and give the same command again" in error.remedy
        place.archive.unlink()
    place.serve(content, etag='"mended"')
    check_manifest(place.ingest(), place.name)


def test_a_hostile_archive_leaves_nothing_behind(place: Place, tmp_path: Path) -> None:
    place.serve(place.pack({**draw_copy(place.name).files, EVIL: b"evil"}))
    place.check_refused(ArchiveError, "evil.jpg', which leads out")
    assert not list(tmp_path.rglob("evil.jpg"))


def test_an_archive_of_something_else_is_told(place: Place) -> None:
    place.serve(place.pack({"pictures/a.jpg": b"photo"}))
    with pytest.raises(LayoutError, match=r"must hold .*with pictures; missing"):
        place.ingest()


@pytest.mark.parametrize("place", [("metu", "mendeley")], indirect=True)
def test_a_zip_that_is_called_rar_is_known_by_its_content(place: Place) -> None:
    place.serve(build_zip(draw_copy("metu").files))
    check_manifest(place.ingest(), "metu")


@pytest.mark.parametrize("place", [("metu", "mendeley")], indirect=True)
def test_the_next_server_is_asked_by_itself(place: Place) -> None:
    place.serve_copy()
    place.server.serve_kaggle(place.server.serve("/kaggle", build_zip(draw_copy("metu").files)))
    place.server.fail_always(FILE, Fault(status=404))
    check_manifest(ingest("metu", download={"retries": 0}), "metu")


def test_each_name_has_a_copy() -> None:
    assert len(NAMES) + len([SYNTHETIC]) == 10
    assert all(draw_copy(name).ids for name in NAMES)


FAULTS_ON_DISK: dict[str, tuple[type[CrackPipelineError], str]] = {
    "missing": (SourceError, "does not exist"),
    "empty": (SourceError, "must hold|at least one photo"),
    "wrong layout": (LayoutError, "must hold|must be images"),
    "truncated zip": (ArchiveError, "cut off"),
    "hostile zip": (ArchiveError, "evil.jpg', which leads out"),
}
each_fault_on_disk = pytest.mark.parametrize("fault", FAULTS_ON_DISK)


def spoil(fault: str, name: str, folder: Path) -> Path:
    """Make a folder or an archive of a data set that cannot be read."""
    folder.mkdir()
    path = folder / ("data.zip" if fault.endswith("zip") else "data")
    if fault == "empty":
        path.mkdir()
    elif fault == "wrong layout":
        own = ("train/images/a.jpg", "train/labels/a.txt")  # any tree of photos is right there
        layouts.touch(path, *(own if name == "folder" else ("pictures/a.jpg",)))
    elif fault == "truncated zip":
        content = build_zip(draw_copy(name).files)
        path.write_bytes(content[: len(content) // 2])
    elif fault == "hostile zip":
        path.write_bytes(build_zip({**draw_copy(name).files, EVIL: b"evil"}))
    return path


@each_fault_on_disk
@pytest.mark.parametrize("name", NAMES)
def test_a_place_on_disk_that_cannot_be_read_is_told(name: str, fault: str, tmp_path: Path) -> None:
    kind, match = FAULTS_ON_DISK[fault]
    with pytest.raises(kind, match=match) as raised:
        ingest(name, path=spoil(fault, name, tmp_path / "given"))
    assert raised.value.remedy
    assert not list(tmp_path.rglob("evil.jpg"))
    assert not (Path(load_parameters(name)["raw_path"]) / "unpacked").exists()


@each_fault_on_disk
def test_the_sample_takes_no_place_on_disk(fault: str, tmp_path: Path) -> None:
    path = spoil(fault, "metu", tmp_path / "given")
    with pytest.raises(ParameterError, match="the source synthetic draws its own"):
        ingest("test", path=path)
