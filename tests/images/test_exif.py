import io

import pytest
from PIL import Image

from crack_pipeline.images.exif import Shot, read_shot

EXIF, GPS = 0x8769, 0x8825


def write(fmt="JPEG", *, time=None, offset=None, place=None, changed=None):
    exif = Image.Exif()
    exif[0x0131] = "drawn"  # Pillow writes no EXIF to PNG where the first part of it is empty
    if changed is not None:
        exif[0x0132] = changed
    if time is not None:
        exif.get_ifd(EXIF)[0x9003] = time
    if offset is not None:
        exif.get_ifd(EXIF)[0x9011] = offset
    if place is not None:
        exif.get_ifd(GPS).update(place)
    stream = io.BytesIO()
    Image.new("RGB", (8, 6)).save(stream, fmt, exif=exif)
    return stream.getvalue()


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_time_and_place_are_read(fmt):
    place = {1: "N", 2: (48.0, 8.0, 15.36), 3: "W", 4: (11.0, 34.0, 32.0)}
    data = write(fmt, time="2023:01:02 03:04:05", offset="+02:00", place=place)
    assert read_shot(data) == Shot("2023-01-02T03:04:05+02:00", 48.1376, -11.5755556)


def test_the_time_of_change_stands_in():
    assert read_shot(write(changed="2023:01:02 03:04:05")).taken_at == "2023-01-02T03:04:05"


@pytest.mark.parametrize(
    "broken",
    [
        {"time": "0000:00:00 00:00:00"},
        {"time": "yesterday"},
        {"place": {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (190.0, 0.0, 0.0)}},
        {"place": {1: "?", 2: (48.0, 0.0, 0.0), 4: (11.0, 0.0, 0.0)}},
        {"place": {1: "N", 2: 48.1, 3: "E", 4: (11.0, 0.0, 0.0, 0.0)}},
    ],
)
def test_what_is_broken_counts_as_none(broken):
    assert read_shot(write(**broken)) == Shot()


def test_a_broken_offset_leaves_the_time():
    shot = read_shot(write(time="2023:01:02 03:04:05", offset="noon"))
    assert shot.taken_at == "2023-01-02T03:04:05"


def test_damaged_files_have_no_exif():
    data = write(time="2023:01:02 03:04:05")
    for broken in (b"", b"no photo", data[:60], data.replace(b"II*\0", b"II*\xff")):
        assert read_shot(broken).latitude is None
