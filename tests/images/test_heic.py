"""HEIC is read as phones write it; the library cannot write it, so a small file is kept here."""

import base64
import io
import sys

import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.headers import is_heic
from crack_pipeline.images.reading import decode_lightness, decode_photo

# 32×48 px upright, stored turned by a quarter, with a rotation in its container and, as phones do,
# the EXIF orientation 6 besides: a grey wall, a red beam on top, a dark edge on the left.
TURNED = base64.b64decode(
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAcltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB4wABAAAACgAAAFQAAgAAAAACNwABAAAACgAAACQAAAA4aWlu"
    "ZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAB"
    "CGlwcnAAAADnaXBjbwAAAHdodmNDAQQIAAAAnjgAAAAAHvAA/P/4+AAADwNgAAEAF0ABDAH//wQIAAADAJ44AAAD"
    "AAAeugJAYQABACpCAQEECAAAAwCeOAAAAwAAHpAEECCy3VyU1zcBDQYEAAADAGQAAAMABCBiAAEACEQBwXMYMAiQ"
    "AAAAE2NvbHJuY2x4AAEADQAGgAAAABRpc3BlAAAAAAAAAEAAAABAAAAAKGNsYXAAAAAwAAAAAQAAACAAAAAB////"
    "8AAAAAL////gAAAAAgAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMAAAAZaXBtYQAAAAAAAAABAAEGgQIDBYSGAAAA"
    "GmlyZWYAAAAAAAAADmNkc2MAAgABAAEAAACAbWRhdAAAAFAoAa8J4BVnP/2i//wq5DIUxi+l8iqx4/N00+7S0gxV"
    "fgVjT+r57s2naiGdEV8/8RVVmwOWvqGKHQip3mXGE6OAJRlyXTNsDj+YpPQkRMmavAAAAAZFeGlmAABNTQAqAAAA"
    "CAABARIAAwAAAAEABgAAAAAAAA=="
)


def draw_upright() -> np.ndarray:
    photo = np.full((48, 32, 3), 200, np.uint8)
    photo[:, :8] = 40
    photo[:8] = (200, 30, 30)
    return photo


def test_heic_is_turned_once():
    pytest.importorskip("pi_heif", reason="the extra heic is not installed")
    photo = decode_photo(TURNED)
    np.testing.assert_allclose(photo.pixels, draw_upright(), atol=6)
    assert photo.mended == ()
    assert decode_lightness(TURNED).pixels.shape == (48, 32)


def test_a_brand_of_any_codec_is_heic():
    pytest.importorskip("pi_heif", reason="the extra heic is not installed")
    general = TURNED[:8] + b"mif1" + TURNED[12:]
    np.testing.assert_array_equal(decode_photo(general).pixels, decode_photo(TURNED).pixels)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_heic_is_refused(share):
    pytest.importorskip("pi_heif", reason="the extra heic is not installed")
    with pytest.raises(ImageReadError):
        decode_photo(TURNED[: int(len(TURNED) * share)])


def test_too_large_heic_is_refused_by_its_header():
    pytest.importorskip("pi_heif", reason="the extra heic is not installed")
    with pytest.raises(ImageReadError, match="too large"):
        decode_photo(TURNED, max_megapixels=0.001)


def test_without_the_extra_heic_is_named_with_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(ImageReadError, match=r"HEIC.*crack_pipeline\[heic\]"):
        decode_photo(TURNED)


def test_avif_is_no_heic():
    buffer = io.BytesIO()
    Image.fromarray(draw_upright()).save(buffer, "AVIF", quality=90)
    assert not is_heic(buffer.getvalue())
    assert np.abs(decode_photo(buffer.getvalue()).pixels.astype(int) - draw_upright()).mean() < 5


def test_short_data_is_no_heic():
    assert not is_heic(b"")
    assert not is_heic(b"\xff\xff\xff\xffftyp")
