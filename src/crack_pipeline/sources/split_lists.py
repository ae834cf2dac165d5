"""Official splits that a data set names in lists: ``train.txt``, ``val.txt``, ``test.txt``.

Each line names a photo, and maybe its mask after it: by its path below the data set's folder or on
another machine, by its file name, or by its stem. What no list names is left out where there is a
list of train: its authors did so too.
"""

import codecs
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crack_pipeline.data_source import ListedImage, SplitList
from crack_pipeline.errors import SourceError
from crack_pipeline.sources.files import (
    IMAGE_SUFFIXES,
    NO_IMAGE,
    is_image_file,
    list_files,
    names_below,
)
from crack_pipeline.sources.folder_names import SPLIT_OF_FOLDER, plain_name
from crack_pipeline.sources.pairing import PhotoFinder, stem_of
from crack_pipeline.types import Split

LISTED_FILE_IS_MISSING = "file named in a list is missing"
LISTED_FILE_IS_AMBIGUOUS = "several photos of one name"
IN_NO_LIST = "photo in no list of a split"
IN_SEVERAL_SPLITS = "photo in several splits"
LIST_SUFFIX = ".txt"

_PHOTO = re.compile(
    rf"(.+?(?:{'|'.join(map(re.escape, sorted(IMAGE_SUFFIXES)))}))(?=[\s,;\"']|$)", re.IGNORECASE
)


def read_split_list(path: Path, split: Split) -> SplitList:
    """Read a list of photos.

    Args:
        path: A text file.
        split: The split that it stands for.

    Returns:
        Its lines; empty ones and comments are left out.

    Raises:
        SourceError: If it is no readable text.
    """
    try:
        data = path.read_bytes()
        is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        lines = data.decode("utf-16" if is_wide else "utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            "The list of a split must be a readable text file in UTF-8.",
            received=f"{path}: {error}",
            remedy="Replace it by the data set's, or remove it; the split is drawn then, unless "
            "folders name it.",
        ) from error
    stripped = (line.strip().strip("\"'") for line in lines)
    return SplitList(split, path, tuple(line for line in stripped if line and line[0] != "#"))


def obey_split_lists(
    listed: Sequence[ListedImage], folder: Path, described: Sequence[SplitList] = ()
) -> list[ListedImage]:
    """Give photos the splits that lists name.

    A list may take a photo out of a folder of train, never out of one of validation or test.

    Args:
        listed: What a source lists.
        folder: The source's folder; lists are looked for from there down to where photos begin.
        described: Lists that the data set's description names. A file named like a split counts
            besides only for splits that these lack.

    Returns:
        The same; a photo in lists of several splits, or in none, has that as its reason. Besides,
        an entry for each line that means no photo, or several.

    Raises:
        SourceError: If a list cannot be read.
    """
    photos = names_below((one.image_path for one in listed if _is_photo(one)), folder)
    known = {one.split for one in described}
    lists = [*described]
    for file in _find_lists(folder, photos.values()):
        split = SPLIT_OF_FOLDER[plain_name(file.stem)]
        lists += [] if split in known else [read_split_list(file, split)]
    if not lists:
        return list(listed)
    claims, rows = _find_listed(lists, photos, {one.image_path: one.split for one in listed})
    is_whole = "train" in {one.split for one in lists}
    return [
        _settle(one, claims[one.image_path], is_whole=is_whole) if _is_photo(one) else one
        for one in listed
        if one.image_path not in {one.path for one in lists}
    ] + rows


def _is_photo(photo: ListedImage) -> bool:
    is_mask = photo.image_path == photo.mask_path or photo.reason.startswith(NO_IMAGE)
    return is_image_file(photo.image_path) and not is_mask


def _find_lists(folder: Path, photos: Collection[Path]) -> list[Path]:
    """Files named like splits: those of the topmost folder that holds one."""
    parents = {str(photo.parent) for photo in photos}
    labels = {photo.with_suffix(LIST_SUFFIX) for photo in photos}
    below = Path(os.path.relpath(os.path.commonpath(parents), folder)).parts if parents else ()
    for depth in range(len(below) + 1):
        files = list_files(folder.joinpath(*below[:depth]))
        found = [
            file
            for file in files
            if file.suffix.lower() == LIST_SUFFIX
            and plain_name(file.stem) in SPLIT_OF_FOLDER
            and file not in labels
        ]
        if found:
            return found
    return []


Claims = dict[Path, dict[Split, str]]
"""Photo → each split that it is listed for, and the list."""


def _find_listed(
    lists: Iterable[SplitList], photos: Mapping[str, Path], split_of: Mapping[Path, Split | None]
) -> tuple[Claims, list[ListedImage]]:
    """The photos that lines mean, and an entry for each line that means none or several."""
    names_of = {name: [name] for name in photos}
    for name in photos:
        if stem_of(name) not in photos:
            names_of.setdefault(stem_of(name), []).append(name)
    finder = PhotoFinder(names_of)
    claims: Claims = defaultdict(dict)
    rows: dict[str, ListedImage] = {}
    for one in lists:

        def is_of_split(name: str, split: Split = one.split) -> bool:
            return any(split_of[photos[photo]] == split for photo in names_of[name])

        for line in one.lines:
            written = _names_in(line)
            found = [finder.find(name, home="", is_of_split=is_of_split) for name in written]
            meant = [photo for names in found for name in names for photo in names_of[name]]
            if len(set(meant)) == 1:
                claims[photos[meant[0]]].setdefault(one.split, one.path.name)
            else:
                row = _list_lost(one, written[0], meant)
                rows[row.image_id] = row
    return claims, list(rows.values())


def _names_in(line: str) -> list[str]:
    """What of a line may name a photo; what follows it may name its mask."""
    photo = _PHOTO.match(line)
    return [photo.group(1)] if photo else list(dict.fromkeys((line, re.split(r"[\s,;]", line)[0])))


def _list_lost(one: SplitList, written: str, meant: Sequence[str]) -> ListedImage:
    reason = f"{LISTED_FILE_IS_MISSING}: {one.path.name}"
    if meant:
        reason = f"{LISTED_FILE_IS_AMBIGUOUS}: {', '.join(meant[:2])} for {written}"
    return ListedImage(f"{one.path.name}/{written}", one.path, split=one.split, reason=reason)


def _settle(photo: ListedImage, listed_in: Mapping[Split, str], *, is_whole: bool) -> ListedImage:
    claims = dict(listed_in)
    if photo.split in ("validation", "test"):
        claims.setdefault(photo.split, "its folder")
    reason = ""
    if len(claims) > 1:
        told = " and ".join(f"{split} by {where}" for split, where in claims.items())
        reason = f"{IN_SEVERAL_SPLITS}: {told}"
    elif not claims and photo.split is None and is_whole:
        reason = IN_NO_LIST
    split = next(iter(claims), photo.split)
    return replace(photo, split=split, reason=photo.reason or reason)
