import os
import re
from collections import Counter
from pathlib import Path

import pytest

from crack_pipeline.sources.paired_folders import DEEPCRACK


@pytest.mark.skipif("CRACK_DATA_ROOT" not in os.environ, reason="CRACK_DATA_ROOT is not set")
def test_the_real_photos_are_listed_with_their_sources():
    photos = DEEPCRACK.list_photos(Path(os.environ["CRACK_DATA_ROOT"]) / "deepcrack")
    assert Counter(photo.split for photo in photos) == {"train": 300, "test": 237}
    assert {(photo.reason, photo.noted) for photo in photos} == {("", "")}
    pattern = re.compile(DEEPCRACK.photo_id_pattern or "")
    names = {
        split: {pattern.match(photo.image_path.stem)[1] for photo in photos if photo.split == split}
        for split in ("train", "test")
    }
    assert {split: len(of_split) for split, of_split in names.items()} == {"train": 101, "test": 60}
