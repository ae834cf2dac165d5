"""Names of zip members in the encodings that writers use."""

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from crack_pipeline.downloads.zip_reader import decode_name, open_zip


def _write(folder: Path, stored: bytes, *, extra: bytes = b"", utf8: bool = False) -> Path:
    """A zip with one member under a name of these very bytes."""
    archive = folder / "names.zip"
    stand_in = "x" * len(stored)
    with zipfile.ZipFile(archive, "w") as writer:
        entry = zipfile.ZipInfo(stand_in)
        entry.extra = extra
        writer.writestr(entry, b"photo")
    content = bytearray(archive.read_bytes().replace(stand_in.encode(), stored))
    if utf8:
        content[7] |= 0x08
        content[content.index(b"PK\x01\x02") + 9] |= 0x08
    archive.write_bytes(bytes(content))
    return archive


def _unicode_extra(stored: bytes, name: str) -> bytes:
    content = struct.pack("<BL", 1, zlib.crc32(stored)) + name.encode()
    return struct.pack("<HH", 0x7075, len(content)) + content


@pytest.mark.parametrize(
    ("stored", "options", "name"),
    [
        ("béton.jpg".encode(), {"utf8": True}, "béton.jpg"),
        ("béton 🧱.jpg".encode(), {}, "béton 🧱.jpg"),
        ("béton.jpg".encode("cp437"), {}, "béton.jpg"),
        (b"plain.jpg", {}, "plain.jpg"),
        (b"b_ton.jpg", {"extra": _unicode_extra(b"b_ton.jpg", "béton.jpg")}, "béton.jpg"),
        (b"other.jpg", {"extra": _unicode_extra(b"b_ton.jpg", "béton.jpg")}, "other.jpg"),
    ],
    ids=["marked utf-8", "unmarked utf-8", "cp437", "ascii", "unicode field", "stale field"],
)
def test_names_are_read_as_their_writer_meant_them(
    tmp_path: Path, stored: bytes, options: dict[str, bytes], name: str
) -> None:
    archive = _write(tmp_path, stored, **options)  # type: ignore[arg-type]
    with open_zip(archive) as members:
        assert [member.name for member in members] == [name]
        assert b"".join(members[0].read()) == b"photo"


def test_a_damaged_unicode_field_leaves_the_stored_name() -> None:
    entry = zipfile.ZipInfo("a.jpg")
    entry.extra = (
        struct.pack("<HH", 0x7075, 9) + struct.pack("<BL", 1, zlib.crc32(b"a.jpg")) + b"\xff"
    )
    assert decode_name(entry) == "a.jpg"
