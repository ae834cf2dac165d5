"""Archives that unpack to more than they should are refused whole."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from tests.downloads.archives import (
    build_tar,
    build_zip,
    make_files,
    make_noise,
)
from tests.downloads.unpacking_checks import BUILDERS, check_refused, save_archive

from crack_pipeline.downloads import DownloadSettings, UnpackLimits, unpack_archive

FILES = make_files(60_000)


def _build_bomb(kind: str) -> bytes:
    files = {"Positive/0001.jpg": bytes(30_000_000)}
    return build_tar(files, "gz") if kind == "tar.gz" else build_zip(files)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path, kind: str) -> None:
    check_refused(tmp_path, _build_bomb(kind), "more than 200 times its own")


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_that_is_trusted_is_unpacked(tmp_path: Path, kind: str) -> None:
    archive = save_archive(tmp_path, _build_bomb(kind))
    limits = DownloadSettings(max_compression_ratio=5000).limits
    target = unpack_archive(archive, tmp_path / "unpacked", limits)
    assert (target / "Positive" / "0001.jpg").stat().st_size == 30_000_000


def test_a_bomb_behind_the_end_of_a_tar_is_refused(tmp_path: Path) -> None:
    content = gzip.compress(build_tar(FILES) + bytes(70_000_000), compresslevel=1)
    check_refused(tmp_path, content, "more follows than padding")


def test_a_bomb_of_overlapping_members_is_refused(tmp_path: Path) -> None:
    """Many entries of the list name the same compressed bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.jpg", make_noise(1000) * 1000)
        first = archive.infolist()[0]
        for number in range(1, 300):
            copy = zipfile.ZipInfo(f"{number}.jpg")
            for name in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(copy, name, getattr(first, name))
            archive.filelist.append(copy)
    check_refused(tmp_path, buffer.getvalue(), "times its own|damaged")


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    content = build_zip({"Positive/0001.jpg": make_noise(50_000)})
    lie = content.replace((50_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lie != content
    check_refused(tmp_path, lie, "damaged")


@pytest.mark.parametrize("kind", BUILDERS)
def test_limits_of_size_and_number_are_kept(tmp_path: Path, kind: str) -> None:
    content = BUILDERS[kind](FILES)
    small = UnpackLimits(max_bytes=100_000, max_members=1000, max_ratio=1000)
    check_refused(tmp_path, content, r"more than 100\.0 kB.*max_unpacked_gb", small)
    few = UnpackLimits(max_bytes=10**9, max_members=2, max_ratio=1000)
    check_refused(tmp_path, content, r"more than 2 members.*max_members", few)
