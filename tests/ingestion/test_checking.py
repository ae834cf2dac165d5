import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import ImageReadError
from crack_pipeline.ingestion.checking import (
    CheckSettings,
    FilesToCheck,
    check_files,
    judge_messages,
)
from crack_pipeline.masks.settings import RepairSettings


def write(path, pixels, **options) -> str:
    Image.fromarray(pixels).save(path, **options)
    return str(path)


@pytest.fixture
def photo(tmp_path, draw_surface):
    return write(tmp_path / "photo.jpg", draw_surface(1), quality=92)


@pytest.fixture
def mask(tmp_path):
    crack = np.zeros((72, 96), np.uint8)
    crack[30:33] = 255
    return write(tmp_path / "mask.png", crack)


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


def test_a_good_pair_tells_all(check, photo, mask):
    found, thumbnail = check(photo, mask)
    assert (found.width_px, found.height_px) == (96, 72)
    assert found.sha256 == hashlib.sha256(Path(photo).read_bytes()).hexdigest()
    assert found.mask_sha256 == hashlib.sha256(Path(mask).read_bytes()).hexdigest()
    assert found.mask_label == 1
    assert found.reason == found.mended == ""
    assert len(found.phash) == 16
    assert thumbnail.std() > 0


def test_a_mask_without_crack_is_the_other_class(check, photo, tmp_path):
    empty = write(tmp_path / "empty.png", np.zeros((72, 96), np.uint8))
    assert check(photo, empty)[0].mask_label == 0


def test_without_mask_the_label_stays_open(check, photo):
    assert check(photo)[0].mask_label is None


def test_size_is_that_of_the_upright_photo(check, tmp_path, draw_surface):
    exif = Image.Exif()
    exif[0x0112] = 6
    found, _ = check(write(tmp_path / "turned.jpg", draw_surface(1), exif=exif))
    assert (found.width_px, found.height_px) == (72, 96)
    assert found.mended == "exif_orientation"


def test_what_photo_and_mask_need_is_listed_in_turn(check, tmp_path, draw_surface):
    grey = write(tmp_path / "grey.png", draw_surface(1)[..., 0])
    one_bit = write(tmp_path / "mask.png", np.zeros((72, 96), bool))
    assert check(grey, one_bit)[0].mended == "grey_to_rgb;mask_1_bit"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "zero bytes"),
        (b"just text, no picture" * 5, "not an image"),
        (b"\xff\xd8\xff\xe0", "truncated file: it ends in its header"),
    ],
)
def test_bad_photos_are_set_aside(check, tmp_path, content, reason):
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    found, thumbnail = check(str(path))
    assert found.reason == reason
    assert found.width_px is None
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert not thumbnail.any()


def test_a_truncated_photo_is_set_aside(check, photo, tmp_path):
    path = tmp_path / "cut.jpg"
    path.write_bytes(Path(photo).read_bytes()[:-100])
    assert check(str(path))[0].reason == "truncated file: its end marker is missing"


def test_a_photo_that_cannot_be_opened_is_set_aside(check, tmp_path):
    assert check(str(tmp_path / "gone.jpg"))[0].reason.startswith("unreadable file")


def test_a_large_photo_is_set_aside(check, photo):
    assert check(photo, max_megapixels=0.001)[0].reason.startswith("too large: 96×72 px")


def test_data_lost_inside_a_jpeg_is_noticed_and_not_shown(check, tmp_path, draw_surface, capfd):
    buffer = io.BytesIO()
    Image.fromarray(draw_surface(2, width_px=200, height_px=200)).save(buffer, "JPEG", quality=90)
    data = buffer.getvalue()
    path = tmp_path / "lost.jpg"
    path.write_bytes(data[: len(data) // 2] + b"\xff\xd9")
    assert check(str(path))[0].reason == "damaged data: premature end of data segment"
    assert capfd.readouterr().err == ""


def test_the_next_photo_is_not_blamed(photo, tmp_path):
    path = tmp_path / "lost.jpg"
    data = Path(photo).read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"\xff\xd9")
    files = [FilesToCheck(str(path), None), FilesToCheck(photo, None)]
    checks, _ = check_files(files, CheckSettings(500))
    assert checks[0].reason.startswith("damaged data")
    assert checks[1].reason == ""


def test_stray_bytes_are_harmless():
    assert judge_messages("Corrupt JPEG data: 3 extraneous bytes before marker 0xd9") == (
        "extraneous_jpeg_bytes",
    )
    assert judge_messages("") == ()
    with pytest.raises(ImageReadError, match="bad Huffman code"):
        judge_messages("Corrupt JPEG data: bad Huffman code")
