"""Small seeded archives, honest and hostile."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

PHOTOS = ("Positive/0001.jpg", "Positive/0002.jpg", "Negative/0001.jpg")

_UNIX = 3
_STORED = 0x30


def make_noise(n_bytes: int, seed: int = 0) -> bytes:
    """Bytes that do not compress."""
    return np.random.default_rng(seed).bytes(n_bytes)


def make_files(n_bytes: int = 20_000, seed: int = 0) -> dict[str, bytes]:
    """Three files in two folders, of photos' names."""
    return {name: make_noise(n_bytes, seed + n) for n, name in enumerate(PHOTOS)}


def build_zip(files: Mapping[str, bytes], *, compressed: bool = True) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def build_special_zip(name: str, content: bytes, file_type: int) -> bytes:
    """A zip with an honest file and a member of another type, such as ``stat.S_IFLNK``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Positive/0001.jpg", b"photo")
        entry = zipfile.ZipInfo(name)
        entry.create_system = _UNIX
        entry.external_attr = (file_type | 0o644) << 16
        archive.writestr(entry, content)
    return buffer.getvalue()


def build_tar(files: Mapping[str, bytes], compression: str = "") -> bytes:
    """A tar of these files; compression is empty, gz, bz2 or xz."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def build_special_tar(name: str, kind: bytes, link_name: str = "") -> bytes:
    """A tar with an honest file and a member of another type, such as ``tarfile.SYMTYPE``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(_make_tar_entry("Positive/0001.jpg", 5), io.BytesIO(b"photo"))
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, link_name
        archive.addfile(entry)
    return buffer.getvalue()


def _make_tar_entry(name: str, n_bytes: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = n_bytes
    return entry


def build_rar(
    files: Mapping[str, bytes],
    *,
    method: int = _STORED,
    file_type: int = stat.S_IFREG,
    encrypted: bool = False,
) -> bytes:
    """A rar (version 3 of the format) of these files, which are stored whatever the method says."""
    flags = 0x8004 if encrypted else 0x8000
    blocks = [b"Rar!\x1a\x07\x00", _make_rar_block(0x73, 0, b"\0" * 6)]
    for name, content in files.items():
        stored_name = name.encode()
        fields = struct.pack(
            "<LLBLLBBHL",
            len(content),
            len(content),
            _UNIX,
            zlib.crc32(content),
            0x5A210000,
            29,
            method,
            len(stored_name),
            file_type | 0o644,
        )
        blocks.append(_make_rar_block(0x74, flags, fields + stored_name) + content)
    return b"".join([*blocks, _make_rar_block(0x7B, 0x4000, b"")])


def _make_rar_block(kind: int, flags: int, fields: bytes) -> bytes:
    rest = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest
