import io

import numpy as np
import pytest
from PIL import Image

from crack_pipeline.images.headers import is_ended, read_jpeg_header


def encode(orientation: int | None = None, mode: str = "RGB", **options) -> bytes:
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.new(mode, (30, 20)).save(buffer, "JPEG", exif=exif, **options)
    return buffer.getvalue()


def test_size_and_format_are_read_without_decoding():
    header = read_jpeg_header(encode())
    assert (header.width_px, header.height_px) == (30, 20)
    assert (header.bits, header.n_channels, header.orientation) == (8, 3, 1)


@pytest.mark.parametrize(("mode", "n_channels"), [("L", 1), ("RGB", 3), ("CMYK", 4)])
def test_channels_are_counted(mode, n_channels):
    assert read_jpeg_header(encode(mode=mode)).n_channels == n_channels


def test_progressive_files_have_a_header_too():
    assert read_jpeg_header(encode(progressive=True)).width_px == 30


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read(orientation):
    assert read_jpeg_header(encode(orientation)).orientation == orientation


def test_orientation_out_of_range_counts_as_upright():
    assert read_jpeg_header(encode(77)).orientation == 1


@pytest.mark.parametrize("offset", [0, 4])
def test_broken_exif_counts_as_upright(offset):
    data = encode(6)
    at = data.index(b"Exif\x00\x00") + 6 + offset
    assert read_jpeg_header(data[:at] + b"\xff" * 4 + data[at + 4 :]).orientation == 1


@pytest.mark.parametrize("length", [3, 10, 40, 160])
def test_header_that_breaks_off_is_none(length):
    assert read_jpeg_header(encode()[:length]) is None


def test_any_bytes_behind_the_start_are_survived():
    rng = np.random.default_rng(0)
    for _ in range(200):
        read_jpeg_header(b"\xff\xd8\xff" + rng.bytes(60))


def test_end_marker_is_looked_for_behind_the_scan():
    data = encode()
    header = read_jpeg_header(data)
    assert is_ended(data, header)
    assert is_ended(data + b"trailer", header)
    assert not is_ended(data[:-2], header)
