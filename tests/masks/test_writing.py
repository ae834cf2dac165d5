import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import StorageError
from crack_pipeline.masks.reading import decode_mask, write_mask

MASK = np.array([[0, 1, 1], [0, 0, 1]], np.uint8)


def test_written_masks_are_one_channel_of_0_and_255(tmp_path):
    path = tmp_path / "new folder" / "Fissure é 🧱.png"
    write_mask(path, MASK)
    with Image.open(path) as picture:
        assert picture.mode == "L"
        np.testing.assert_array_equal(np.asarray(picture), MASK * 255)
    decoded = decode_mask(path.read_bytes())
    np.testing.assert_array_equal(decoded.mask, MASK)
    assert decoded.mended == ()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_same_content_is_not_written_again(tmp_path):
    path = tmp_path / "mask.png"
    write_mask(path, MASK)
    before = path.stat()
    write_mask(path, MASK)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_other_content_replaces_it(tmp_path):
    path = tmp_path / "mask.png"
    path.write_bytes(b"cut off")
    write_mask(path, MASK)
    np.testing.assert_array_equal(decode_mask(path.read_bytes()).mask, MASK)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="never into its raw folder"):
        write_mask(tmp_path / "file" / "mask.png", MASK)
