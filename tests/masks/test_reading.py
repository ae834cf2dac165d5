import io

import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.reading import decode_mask, read_mask

TRUTH = np.zeros((40, 60), np.uint8)
TRUTH[18:23, 5:50] = 1


def save(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def palette_mask() -> Image.Image:
    picture = Image.fromarray(TRUTH, mode=None).convert("P")
    picture.putdata(TRUTH.ravel().tolist())
    picture.putpalette([0, 0, 0, 128, 0, 0])
    return picture


@pytest.mark.parametrize(
    ("data", "mended"),
    [
        (save(Image.fromarray(TRUTH)), ()),
        (save(Image.fromarray(TRUTH * 255)), ()),
        (save(Image.fromarray(TRUTH.astype(bool))), ("mask_1_bit",)),
        (save(Image.fromarray(np.dstack([TRUTH * 255] * 3))), ("mask_channels_merged",)),
        (save(palette_mask()), ("mask_palette", "mask_channels_merged", "mask_odd_value")),
        (save(Image.fromarray(TRUTH * 255), "JPEG", quality=60), ("mask_thresholded",)),
    ],
)
def test_every_encoding_gives_the_same_mask(data, mended):
    decoded = decode_mask(data)
    np.testing.assert_array_equal(decoded.mask, TRUTH)
    assert decoded.mended == mended


def test_orientation_is_applied_as_to_the_photo():
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode_mask(save(Image.fromarray(TRUTH * 255), exif=exif))
    np.testing.assert_array_equal(decoded.mask, np.rot90(TRUTH, -1))
    assert decoded.mended == ("mask_exif_orientation",)


def test_read_mask_names_the_file(tmp_path):
    path = tmp_path / "m.png"
    path.write_bytes(save(Image.fromarray(TRUTH))[:-30])
    with pytest.raises(MaskError, match=r"m\.png: truncated file"):
        read_mask(path)
    path.write_bytes(save(Image.fromarray(TRUTH)))
    np.testing.assert_array_equal(read_mask(path), TRUTH)


@pytest.mark.parametrize(
    ("kind", "options", "mended"),
    [
        ("BMP", {}, ()),
        ("TIFF", {"compression": "tiff_lzw"}, ()),
        ("GIF", {}, ("mask_palette", "mask_channels_merged")),
        ("WEBP", {"lossless": True}, ("mask_channels_merged",)),
        ("WEBP", {"quality": 80}, ("mask_channels_merged", "mask_thresholded")),
        ("JPEG2000", {}, ()),
    ],
)
def test_other_file_formats_give_the_same_mask(kind, options, mended):
    picture = Image.fromarray(TRUTH * 255)
    decoded = decode_mask(
        save(picture.convert("RGB") if kind == "WEBP" else picture, kind, **options)
    )
    np.testing.assert_array_equal(decoded.mask, TRUTH)
    assert decoded.mended == mended


RED, GREEN = (255, 0, 0), (0, 255, 0)
VOC_RED, VOC_GREEN = (128, 0, 0), (0, 128, 0)


@pytest.mark.parametrize(("crack", "other"), [(RED, GREEN), (VOC_RED, VOC_GREEN)])
@pytest.mark.parametrize("mode", ["P", "RGB"])
def test_a_mask_of_two_coloured_classes_is_refused(crack, other, mode):
    numbers = TRUTH.copy()
    numbers[28:38, 5:50] = 2
    picture = Image.fromarray(numbers).convert("P")
    picture.putdata(numbers.ravel().tolist())
    picture.putpalette([0, 0, 0, *crack, *other])
    with pytest.raises(MaskError, match=r"several classes: colours #000000 \(1725 px\), #"):
        decode_mask(save(picture.convert(mode)))


def test_0_and_1_in_a_jpeg_are_refused():
    data = save(Image.fromarray(TRUTH), "JPEG", quality=95)
    with Image.open(io.BytesIO(data)) as stored:
        assert 1 <= np.asarray(stored).max() <= 3
    with pytest.raises(MaskError, match="without clear levels: lossy file"):
        decode_mask(data)


def test_16_bit_alpha_and_colour_are_read_too():
    deep = save(Image.fromarray(TRUTH.astype(np.uint16) * 65535))
    assert decode_mask(deep).mended == ("mask_deep_to_8_bit",)
    white = np.full((*TRUTH.shape, 4), 255, np.uint8)
    white[..., 3] = TRUTH * 255
    assert decode_mask(save(Image.fromarray(white))).mended == ("mask_from_alpha",)
    for data in (deep, save(Image.fromarray(white))):
        np.testing.assert_array_equal(decode_mask(data).mask, TRUTH)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_jpeg_halos_of_3_channels_are_cut_and_counted(quality):
    crack = np.zeros((64, 64), np.uint8)
    crack[20:28, 4:60] = 1
    coloured = Image.fromarray(np.dstack([crack * 255] * 3))
    decoded = decode_mask(save(coloured, "JPEG", quality=quality))
    np.testing.assert_array_equal(decoded.mask, crack)
    assert decoded.mended == ("mask_channels_merged", "mask_thresholded")
    assert "of 4096 px lay between 0 and 255" in decoded.note


def test_a_turned_jpeg_mask_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 8
    data = save(Image.fromarray(TRUTH * 255), "JPEG", quality=95, exif=exif)
    decoded = decode_mask(data)
    np.testing.assert_array_equal(decoded.mask, np.rot90(TRUTH))
    assert decoded.mended[0] == "mask_exif_orientation"


def test_unclear_and_missing_masks_are_mask_errors(tmp_path):
    path = tmp_path / "classes.png"
    path.write_bytes(save(Image.fromarray(np.arange(9, dtype=np.uint8).reshape(3, 3))))
    with pytest.raises(MaskError, match=r"classes\.png: mask without clear levels"):
        read_mask(path)
    with pytest.raises(MaskError, match="unreadable file"):
        read_mask(tmp_path / "none.png")
