"""Tell by the names of its folders which known data set a folder holds, for messages."""

import os
from pathlib import Path

_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("concrete_masks", ("positive/images", "negative/images")),
    ("sdnet2018", ("d/cd", "d/ud")),
    ("sdnet2018", ("p/cp", "p/up")),
    ("sdnet2018", ("w/cw", "w/uw")),
    ("deepcrack", ("train_img", "train_lab", "test_img", "test_lab")),
    ("crackforest", ("groundtruth",)),
    ("crack500", ("traincrop",)),
    ("crack500", ("traindata",)),
    ("crackseg", ("train/images", "train/labels")),
    ("metu", ("positive", "negative")),
    ("folder", ("images", "masks")),
)
"""Source, and folders in lower case that only its data sets hold; the first that fits is named."""


def recognize_source(folder: Path) -> str | None:
    """Name the source whose folders lie in a folder.

    Args:
        folder: Where to look; two levels of names are read, nothing is opened.

    Returns:
        Name of the source; None where the names fit none, or cannot be read.
    """
    there = _names_below(folder)
    return next((name for name, marks in _MARKS if there.issuperset(marks)), None)


def _names_below(folder: Path) -> set[str]:
    names = _subfolder_names(folder)
    return {name.lower() for name in names} | {
        f"{name}/{inner}".lower() for name in names for inner in _subfolder_names(folder / name)
    }


def _subfolder_names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return []
