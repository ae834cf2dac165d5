"""What checking does with masks: used as they are, written anew, or set aside."""

import hashlib
import os
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import StorageError
from crack_pipeline.ingestion.checking import CheckSettings, FilesToCheck, check_files
from crack_pipeline.masks.coco import coco_document, describe_segmentations
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.masks.yolo import encode_yolo


def write(path, pixels, **options) -> str:
    Image.fromarray(pixels).save(path, **options)
    return str(path)


@pytest.fixture
def photo(tmp_path, draw_surface):
    return write(tmp_path / "photo.jpg", draw_surface(1), quality=92)


@pytest.fixture
def check(tmp_path):
    """Checks a photo and its mask; repaired masks go to a folder beside them."""

    def run(image, mask=None, *, max_megapixels=500.0, repair=None, **described):
        described.setdefault("repaired_path", str(tmp_path / "primary" / "repaired.png"))
        files = FilesToCheck(image, mask, **described)
        settings = CheckSettings(max_megapixels, repair or RepairSettings())
        checks, thumbnails = check_files([files], settings)
        return checks[0], thumbnails[0]

    return run


def draw_crack(*, height_px: int = 72, width_px: int = 96) -> np.ndarray:
    """A band of {0, 1} that no flip leaves in place."""
    mask = np.zeros((height_px, width_px), np.uint8)
    mask[12:16, 5:70] = 1
    mask[16:60, 66:70] = 1
    return mask


@pytest.fixture
def cracked_photo(tmp_path):
    noise = np.random.default_rng(0).normal(0, 10, (72, 96))
    grey = (150 + noise - 70 * draw_crack()).clip(0, 255).astype(np.uint8)
    return write(tmp_path / "cracked.jpg", np.dstack([grey] * 3), quality=95)


@pytest.mark.parametrize("value", [1, 255])
def test_plain_masks_are_used_as_they_are_whatever_lies_in_primary(
    check, cracked_photo, tmp_path, value
):
    stale = tmp_path / "primary" / "repaired.png"
    stale.parent.mkdir()
    stale.write_bytes(b"of an earlier run")
    found, _ = check(cracked_photo, write(tmp_path / "plain.png", draw_crack() * np.uint8(value)))
    assert found.repaired_mask is None
    assert found.mended == found.mask_note == ""
    assert stale.read_bytes() == b"of an earlier run"


CRACK = draw_crack()
TRANSPARENT = np.dstack([np.zeros((72, 96, 3), np.uint8), CRACK * 255])


@pytest.mark.parametrize(
    ("name", "stored", "options", "mended"),
    [
        ("1bit.png", CRACK.astype(bool), {}, "mask_1_bit"),
        ("colour.PNG", np.dstack([CRACK * 255] * 3), {}, "mask_channels_merged"),
        ("alpha.png", TRANSPARENT, {}, "mask_from_alpha"),
        ("deep.png", CRACK.astype(np.uint16) * 65535, {}, "mask_deep_to_8_bit"),
        ("odd.bmp", CRACK * np.uint8(38), {}, "mask_odd_value"),
        ("halo.JPG", CRACK * 255, {"quality": 85}, "mask_thresholded"),
        ("inverted.tif", 255 - CRACK * 255, {}, "mask_inverted"),
        ("turned.png", np.ascontiguousarray(CRACK.T) * 255, {}, "mask_turned"),
        ("large.png", np.kron(CRACK, np.full((2, 2), 255, np.uint8)), {}, "mask_resized"),
        ("small é 🧱.png", np.ascontiguousarray(CRACK[::4, ::4]) * 255, {}, "mask_resized"),
    ],
)
def test_a_mask_that_needs_repair_is_written_anew(
    check, cracked_photo, tmp_path, name, stored, options, mended
):
    raw = write(tmp_path / name, stored, **options)
    content = Path(raw).read_bytes()
    found, _ = check(cracked_photo, raw)
    assert found.reason == ""
    assert found.mended == mended
    assert found.mask_label == 1
    assert found.repaired_mask == str(tmp_path / "primary" / "repaired.png")
    assert found.mask_sha256 == hashlib.sha256(content).hexdigest()
    assert Path(raw).read_bytes() == content
    with Image.open(found.repaired_mask) as picture:
        assert picture.mode == "L"
        assert set(np.unique(picture)) == {0, 255}
    repaired = read_mask(Path(found.repaired_mask))
    if name.startswith("small"):
        assert repaired.shape == CRACK.shape
    else:
        np.testing.assert_array_equal(repaired, CRACK)


@pytest.mark.parametrize(("orientation", "turns"), [(3, 2), (6, 1), (8, -1)])
@pytest.mark.parametrize("mask_format", ["yolo", "coco", "image"])
def test_a_mask_made_before_its_photo_was_turned_is_turned_too(
    check, tmp_path, mask_format, orientation, turns
):
    noise = np.random.default_rng(0).normal(0, 10, CRACK.shape)
    grey = (150 + noise - 70 * CRACK).clip(0, 255).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored, drawn = (np.ascontiguousarray(np.rot90(one, turns)) for one in (grey, CRACK))
    photo = write(tmp_path / "photo.jpg", np.dstack([stored] * 3), quality=95, exif=exif)
    path, annotation = tmp_path / "mask.png", ""
    if mask_format == "image":
        write(path, drawn * 255)
    elif mask_format == "yolo":
        path.write_text(encode_yolo(drawn))
    else:
        shapes = coco_document([("photo.jpg", drawn)])["annotations"]
        height_px, width_px = drawn.shape
        annotation = describe_segmentations(
            [one["segmentation"] for one in shapes], width_px=width_px, height_px=height_px
        )
    found, _ = check(photo, str(path), mask_format=mask_format, annotation=annotation)
    np.testing.assert_array_equal(read_mask(Path(found.repaired_mask)), CRACK)
    from_format = [] if mask_format == "image" else [f"mask_from_{mask_format}"]
    assert found.mended.split(";") == ["exif_orientation", *from_format, "mask_turned"]


def draw_classes(*colours) -> np.ndarray:
    """A crack, and as large areas of other classes beside it."""
    stored = np.zeros((72, 96, 3), np.uint8)
    for number, colour in enumerate(colours):
        stored[6 + 14 * number : 16 + 14 * number, 8:80] = colour
    return stored


@pytest.mark.parametrize(
    ("name", "stored", "options", "reason"),
    [
        (
            "colours.png",
            draw_classes((255, 0, 0), (0, 255, 0)),
            {},
            "bad mask, mask of several classes: colours ",
        ),
        (
            "levels.png",
            draw_classes(*([value] * 3 for value in (60, 140, 200, 250)))[..., 0].copy(),
            {},
            "bad mask, mask of several classes: levels 60 (720 px), 140 (720 px)",
        ),
        (
            "0_and_1.jpg",
            CRACK,
            {"quality": 75},
            "bad mask, mask without clear levels: lossy file, ",
        ),
    ],
)
def test_masks_that_do_not_say_what_is_crack_are_set_aside(
    check, cracked_photo, tmp_path, name, stored, options, reason
):
    found, _ = check(cracked_photo, write(tmp_path / name, stored, **options))
    assert found.reason.startswith(reason)
    assert found.mask_label is None  # no negative by mistake
    assert found.repaired_mask is None


def test_how_many_pixels_a_halo_holds_is_noted(check, cracked_photo, tmp_path):
    found, _ = check(cracked_photo, write(tmp_path / "halo.jpg", CRACK * 255, quality=85))
    assert "of 6912 px lay between 0 and 255" in found.mask_note
    assert found.mask_note.endswith("cut at 128")


def test_the_settings_decide(check, cracked_photo, tmp_path):
    inverted = write(tmp_path / "inverted.png", 255 - CRACK * 255)
    found, _ = check(cracked_photo, inverted, repair=RepairSettings(polarity="report"))
    assert found.mended == "mask_looks_inverted"
    assert found.repaired_mask is None  # a doubt changes nothing


@pytest.mark.parametrize(
    ("levels", "label", "reason"),
    [
        (0 * CRACK, 1, "mask without crack under a label that says crack"),
        (255 * CRACK, 0, "mask with crack under a label that says none: 436 of 6912 px"),
    ],
)
def test_a_mask_that_its_label_contradicts_is_set_aside(
    check, cracked_photo, tmp_path, levels, label, reason
):
    found, _ = check(cracked_photo, write(tmp_path / "m.png", levels), label=label)
    assert found.reason == reason
    assert found.repaired_mask is None
    assert not (tmp_path / "primary").exists()


def test_specks_of_a_photo_without_crack_are_cleared(check, photo, tmp_path):
    specks = np.zeros((72, 96), np.uint8)
    specks[5, 5:8] = 255
    found, _ = check(photo, write(tmp_path / "m.png", specks), label=0)
    assert found.mended == "mask_specks_cleared"
    assert found.mask_note == "3 px in specks cleared"
    assert found.mask_label == 0
    assert read_mask(Path(found.repaired_mask)).sum() == 0


def test_a_mask_that_no_file_holds_is_written_empty(check, photo):
    found, _ = check(photo, None, mask_format="empty", label=0)
    assert found.mended == "mask_from_empty"
    assert found.mask_label == 0
    assert found.mask_sha256 is None
    assert read_mask(Path(found.repaired_mask)).shape == (72, 96)
    assert check(photo, None, mask_format="empty", label=1)[0].reason.startswith("mask without")


def test_polygons_are_drawn_at_the_photos_size(check, photo, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n")
    found, _ = check(photo, str(labels), mask_format="yolo")
    assert found.reason == ""
    assert found.mended == "mask_from_yolo"
    assert read_mask(Path(found.repaired_mask)).sum() == 48 * 36


def test_annotations_that_came_with_the_listing_open_no_file(check, photo, tmp_path):
    square = [[10, 10, 30, 10, 30, 30, 10, 30]]
    told = describe_segmentations([square], width_px=96, height_px=72)
    found, _ = check(photo, str(tmp_path / "gone.json"), mask_format="coco", annotation=told)
    assert found.reason == ""
    assert found.mended == "mask_from_coco"
    assert found.mask_sha256 == hashlib.sha256(told.encode()).hexdigest()
    assert read_mask(Path(found.repaired_mask)).sum() == 20 * 20


def test_an_odd_annotation_file_is_set_aside(check, photo, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("0 0.25 nothing")
    found, _ = check(photo, str(labels), mask_format="yolo")
    assert found.reason.startswith("bad mask, ")
    assert found.repaired_mask is None


def test_mask_of_another_size_is_set_aside(check, photo, tmp_path):
    small = write(tmp_path / "small.png", np.zeros((36, 47), np.uint8))
    found, _ = check(photo, small)
    assert found.reason == "mask of another size than its image: 47×36 for 96×72 px"
    assert found.width_px == 96
    assert found.repaired_mask is None


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "bad mask, zero bytes"), (b"text" * 20, "bad mask, not an image")]
)
def test_bad_masks_are_set_aside(check, photo, tmp_path, content, reason):
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    found, _ = check(photo, str(path))
    assert found.reason == reason
    assert found.width_px == 96


def test_unclear_masks_are_set_aside(check, photo, tmp_path):
    classes = write(tmp_path / "classes.png", np.tile(np.arange(3, dtype=np.uint8), (72, 32)))
    assert check(photo, classes)[0].reason.startswith("bad mask, mask without clear levels")


def test_masks_cut_off_or_damaged_are_set_aside(check, photo, tmp_path):
    whole = Path(write(tmp_path / "mask.png", CRACK * 255)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    assert check(photo, str(tmp_path / "cut.png"))[0].reason.startswith("bad mask, truncated file")
    busy = np.random.default_rng(0).integers(0, 2, (72, 96)).astype(np.uint8) * 255
    jpeg = Path(write(tmp_path / "mask.jpg", busy)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(jpeg[:-100])
    assert check(photo, str(tmp_path / "cut.jpg"))[0].reason.startswith("bad mask, truncated file")
    (tmp_path / "lost.jpg").write_bytes(jpeg[: len(jpeg) // 2] + b"\xff\xd9")
    assert check(photo, str(tmp_path / "lost.jpg"))[0].reason.startswith("bad mask, damaged data")
    assert check(photo, str(tmp_path / "gone.png"))[0].reason.startswith("bad mask, unreadable")


def test_a_repaired_mask_needs_a_place(check, photo, tmp_path):
    one_bit = write(tmp_path / "mask.png", CRACK.astype(bool))
    found, _ = check(photo, one_bit, repaired_path=None)
    assert found.reason == "mask that needs repair, and no place for it: mask_1_bit"


def test_a_place_that_cannot_be_written_ends_the_run(check, photo, tmp_path):
    one_bit = write(tmp_path / "mask.png", CRACK.astype(bool))
    with pytest.raises(StorageError):
        check(photo, one_bit, repaired_path=f"{photo}/mask.png")


def test_deepcrack_masks_come_out_as_they_are(tmp_path):
    root = os.environ.get("CRACK_DATA_ROOT")
    if not root or not (Path(root) / "deepcrack").is_dir():
        pytest.skip("CRACK_DATA_ROOT names no folder with deepcrack")
    files = [
        FilesToCheck(
            str(photo),
            str(photo.parents[1] / photo.parent.name.replace("img", "lab") / f"{photo.stem}.png"),
            repaired_path=str(tmp_path / photo.parent.name / f"{photo.stem}.png"),
        )
        for photo in sorted((Path(root) / "deepcrack").glob("*_img/*"))
    ]
    checks, _ = check_files(files, CheckSettings(500))
    assert len(checks) == 537
    assert Counter(check.mended for check in checks) == {"": 490, "mask_1_bit": 47}
    assert all(check.reason == "" and check.mask_label == 1 for check in checks)
    for entry, check in zip(files, checks, strict=True):
        assert check.repaired_mask == (entry.repaired_path if check.mended else None)
        plain = cv2.imread(str(entry.mask_path), cv2.IMREAD_GRAYSCALE) > 0
        used = read_mask(Path(check.repaired_mask or str(entry.mask_path)))
        np.testing.assert_array_equal(used, plain, err_msg=entry.image_path)


def test_a_photo_in_place_of_its_mask_is_set_aside(check, tmp_path, cracked_photo):
    same = tmp_path / "same.jpg"
    same.write_bytes(Path(cracked_photo).read_bytes())
    anew = write(tmp_path / "anew.png", np.asarray(Image.open(cracked_photo).convert("L")))
    for mask in (str(same), anew):
        found, _ = check(cracked_photo, mask)
        assert found.reason.startswith("bad mask, picture instead of a mask: it shows its photo")


def test_a_mask_that_is_its_photo_byte_for_byte_is_set_aside(check, tmp_path):
    mask = write(tmp_path / "mask.png", draw_crack() * np.uint8(255))
    assert "byte for byte" in check(mask, mask)[0].reason


def test_a_mask_file_of_two_pictures_is_set_aside(check, tmp_path, cracked_photo):
    pages = [Image.fromarray(page * np.uint8(255)) for page in (0 * CRACK, CRACK)]
    pages[0].save(tmp_path / "two.tif", save_all=True, append_images=pages[1:])
    found, _ = check(cracked_photo, str(tmp_path / "two.tif"))
    assert found.reason.startswith("bad mask, several pictures: 2 in one file")
