import io
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images import reading
from crack_pipeline.images.reading import decode_lightness, decode_photo, read_image
from crack_pipeline.pipelines.ingest.params import IngestionParams

RED, GREEN, WHITE = [255, 0, 0], [0, 255, 0], [255, 255, 255]


def save(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def surface(draw_surface):
    return draw_surface(1)


@pytest.fixture
def jpeg(surface):
    return save(Image.fromarray(surface), "JPEG", quality=92)


def test_plain_jpeg_is_rgb_and_not_mended(jpeg, surface):
    photo = decode_photo(jpeg)
    assert photo.pixels.shape == surface.shape
    assert photo.pixels.dtype == np.uint8
    assert photo.mended == ()
    assert np.abs(photo.pixels.astype(int) - surface).mean() < 6


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_give_the_same_pixels(surface, kind):
    photo = decode_photo(save(Image.fromarray(surface), kind))
    np.testing.assert_array_equal(photo.pixels, surface)
    assert photo.mended == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_every_format_is_turned_upright(surface, kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode_photo(save(Image.fromarray(surface), kind, exif=exif))
    turned = {1: surface, 3: surface[::-1, ::-1], 6: np.rot90(surface, -1), 8: np.rot90(surface)}
    assert photo.pixels.shape == turned[orientation].shape
    assert np.abs(photo.pixels.astype(int) - turned[orientation]).mean() < 8
    assert photo.mended == (() if orientation == 1 else ("exif_orientation",))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_grey_becomes_rgb(surface, kind):
    photo = decode_photo(save(Image.fromarray(surface[..., 0]), kind))
    assert photo.mended == ("grey_to_rgb",)
    assert photo.pixels.shape == surface.shape
    assert (np.ptp(photo.pixels, axis=2) == 0).all()


def test_1_bit_becomes_black_and_white():
    photo = decode_photo(save(Image.fromarray(np.array([[False, True]])), "PNG"))
    assert photo.pixels.tolist() == [[[0, 0, 0], WHITE]]


def test_palette_becomes_its_colours():
    picture = Image.new("P", (2, 1))
    picture.putpalette([*RED, *GREEN])
    picture.putpixel((1, 0), 1)
    photo = decode_photo(save(picture, "PNG"))
    assert photo.pixels.tolist() == [[RED, GREEN]]
    assert photo.mended == ("palette_to_rgb",)


def test_transparent_pixels_are_laid_on_white():
    samples = np.array([[[*RED, 255], [*RED, 0], [*RED, 128]]], np.uint8)
    photo = decode_photo(save(Image.fromarray(samples), "PNG"))
    assert photo.pixels.tolist() == [[RED, WHITE, [255, 127, 127]]]
    assert photo.mended == ("alpha_on_white",)


def test_grey_with_alpha_is_laid_on_white():
    photo = decode_photo(save(Image.fromarray(np.array([[[9, 255], [9, 0]]], np.uint8)), "PNG"))
    assert photo.pixels.tolist() == [[[9, 9, 9], WHITE]]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind):
    photo = decode_photo(save(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), kind))
    assert photo.mended == ("cmyk_to_rgb",)
    assert np.abs(photo.pixels[4, 4].astype(int) - RED).max() < 12


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_16_bit_keeps_the_high_byte_in_the_right_order(surface, suffix, n_channels):
    deep = surface.astype(np.uint16) << 8
    stored = deep[..., ::-1] if n_channels == 3 else deep[..., 0]
    photo = decode_photo(cv2.imencode(suffix, np.ascontiguousarray(stored))[1].tobytes())
    expected = surface if n_channels == 3 else np.repeat(surface[..., :1], 3, axis=2)
    np.testing.assert_array_equal(photo.pixels, expected)
    assert "16_bit_to_8_bit" in photo.mended


def test_12_bit_in_16_is_not_left_dark(surface):
    stored = surface[..., 0].astype(np.uint16) << 4
    photo = decode_photo(cv2.imencode(".png", stored)[1].tobytes())
    np.testing.assert_array_equal(photo.pixels[..., 0], surface[..., 0])


def test_float_tiff_in_the_unit_range_is_scaled():
    photo = decode_photo(save(Image.fromarray(np.float32([[0, 1]])), "TIFF"))
    assert photo.pixels[..., 0].tolist() == [[0, 255]]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_tall_pictures_are_taken_band_by_band(mode, monkeypatch):
    shades = np.arange(41 * 3, dtype=np.uint8).reshape(41, 3)
    if mode in ("I;16", "F"):
        picture = Image.fromarray(shades.astype(np.uint16 if mode == "I;16" else np.float32))
    else:
        picture = Image.fromarray(shades).convert(mode)
    whole = reading.samples_of(picture)
    monkeypatch.setattr(reading, "_BAND_PX", 8)
    np.testing.assert_array_equal(reading.samples_of(picture), whole)


def test_first_of_several_frames_is_read():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime")]
    data = save(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    photo = decode_photo(data)
    assert photo.pixels[0, 0].tolist() == RED
    assert photo.mended == ("first_frame_only",)


def test_lightness_is_the_grey_of_the_same_photo(jpeg, surface):
    photo, grey = decode_photo(jpeg), decode_lightness(jpeg)
    expected = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    assert np.abs(grey.pixels.astype(int) - expected).max() <= 3
    png = save(Image.fromarray(surface), "PNG")
    assert decode_lightness(png).pixels.shape == surface.shape[:2]


@pytest.mark.parametrize("decode", [decode_photo, decode_lightness])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.4, 0.9])
def test_cut_off_files_are_refused(surface, kind, share, decode):
    data = save(Image.fromarray(surface), kind)
    with pytest.raises(ImageReadError, match=r"truncated|damaged|not an image"):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_missing_end_is_noticed(surface, kind):
    data = save(Image.fromarray(surface), kind)
    with pytest.raises(ImageReadError, match="truncated file"):
        decode_photo(data[: -2 if kind == "JPEG" else -12])


def test_bytes_behind_the_end_are_allowed(jpeg):
    assert decode_photo(jpeg + b"camera notes").mended == ()


def test_damaged_png_is_refused(surface):
    data = bytearray(save(Image.fromarray(surface), "PNG"))
    data[len(data) // 2] ^= 0x55
    with pytest.raises(ImageReadError, match=r"damaged data|truncated"):
        decode_photo(bytes(data))


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "zero bytes"), (b"no image at all" * 9, "not an image"), (b"\xff\xd8\xff", "truncated")],
)
def test_other_files_are_refused(data, reason):
    with pytest.raises(ImageReadError, match=reason):
        decode_photo(data)


def png_that_states(width_px: int, height_px: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_absurd_size_is_refused_before_decoding():
    with pytest.raises(ImageReadError, match="too large: 40000×40000 px"):
        decode_photo(png_that_states(40_000, 40_000))


def test_absurd_jpeg_is_refused_before_decoding(jpeg):
    at = jpeg.index(b"\xff\xc0") + 5
    with pytest.raises(ImageReadError, match="too large"):
        decode_photo(jpeg[:at] + struct.pack(">HH", 60_000, 60_000) + jpeg[at + 4 :])


def test_allowed_size_is_a_parameter(jpeg):
    with pytest.raises(ImageReadError, match=r"at most 0\.001 allowed"):
        decode_photo(jpeg, max_megapixels=0.001)


def test_what_ingestion_was_told_to_let_through_is_read(jpeg, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(reading, "require_size", lambda width, height, most: seen.append(most))
    (tmp_path / "a.jpg").write_bytes(jpeg)
    read_image(tmp_path / "a.jpg")
    (limit,) = IngestionParams.model_fields["max_megapixels"].metadata[1:]
    assert seen == [limit.le]


def test_photos_above_pillows_own_limit_are_read(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert decode_photo(save(Image.new("L", (50, 50)), "PNG")).pixels.shape == (50, 50, 3)
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_zero_area_is_refused(jpeg, size):
    at = jpeg.index(b"\xff\xc0") + 5
    with pytest.raises(ImageReadError, match="zero area"):
        decode_photo(jpeg[:at] + struct.pack(">HH", *size) + jpeg[at + 4 :])
    with pytest.raises(ImageReadError):
        decode_photo(png_that_states(*size))


def test_read_image_reads_files_with_any_name(tmp_path, jpeg, surface):
    path = tmp_path / "Riß in Wand 🧱.JPG"
    path.write_bytes(jpeg)
    assert read_image(path).shape == surface.shape


def test_read_image_names_the_file(tmp_path, jpeg):
    path = tmp_path / "cut.jpg"
    path.write_bytes(jpeg[:-40])
    with pytest.raises(ImageReadError, match=r"cut\.jpg: truncated file"):
        read_image(path)


def test_missing_file_is_a_read_error(tmp_path):
    with pytest.raises(ImageReadError, match="unreadable file"):
        read_image(tmp_path / "none.jpg")


def test_bad_files_say_nothing_on_stderr(tmp_path, surface):
    for kind in ("JPEG", "PNG", "TIFF", "WEBP"):
        data = save(Image.fromarray(surface), kind)
        (tmp_path / f"half.{kind}").write_bytes(data[: len(data) // 2])
    code = (
        "import sys, pathlib\n"
        "from crack_pipeline.errors import ImageReadError\n"
        "from crack_pipeline.images.reading import read_image\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try:\n"
        "        read_image(path)\n"
        "    except ImageReadError:\n"
        "        print(path.name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["half.JPEG", "half.PNG", "half.TIFF", "half.WEBP"]
    assert done.stderr == ""


def test_a_path_may_be_text(tmp_path, jpeg):
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg)
    np.testing.assert_array_equal(read_image(str(path)), read_image(path))
