"""Official splits that a data set names in lists: ``train.txt``, ``val.lst``, ``test_list.csv``.

They lie beside the photos, or in a folder of lists as ``ImageSets/Segmentation`` or ``splits``.
Each line names a photo, and maybe its mask after it: by its path below the data set's folder or on
another machine, by its file name, or by its stem. What no list names is left out where there is a
list of train: its authors did so too.
"""

import codecs
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crack_pipeline.data_source import ListedImage, SplitList
from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.sources.files import (
    IMAGE_SUFFIXES,
    NO_IMAGE,
    is_image_file,
    list_files,
    list_folders,
    names_below,
)
from crack_pipeline.sources.folder_names import SPLIT_OF_FOLDER, plain_name
from crack_pipeline.sources.labels_csv import IMAGE_COLUMNS
from crack_pipeline.sources.pairing import PhotoFinder, stem_of
from crack_pipeline.spreadsheets import read_sheet
from crack_pipeline.types import Split

LISTED_FILE_IS_MISSING = "file named in a list is missing"
LISTED_FILE_IS_AMBIGUOUS = "several photos of one name"
IN_NO_LIST = "photo in no list of a split"
IN_SEVERAL_SPLITS = "photo in several splits"
LIST_IS_NOT_READ = "list of a split that is not read"
LIST_SUFFIXES = (".txt", ".lst", ".csv")

_LIST_FOLDERS = ("splits", "lists", "split")
_SETS = "imagesets"
_LIST_NAME = re.compile(r"(?:list)?(.+?)(?:list|set)?")
_UNREAD_SUFFIXES = frozenset(
    (*LIST_SUFFIXES, ".json", ".mat", ".yaml", ".yml", ".xml", ".tsv", ".xlsx", ".npy", ".pkl")
)
_WORDS_OF_LISTS = {*SPLIT_OF_FOLDER, "split", "splits", "fold", "folds"}
_OTHER_WORDS = {
    *("list", "lists", "set", "sets", "data", "dataset", "image", "images", "file", "files"),
    *("name", "names", "id", "ids", "official", ""),
}
_PHOTO_COLUMNS = {*map(plain_name, IMAGE_COLUMNS), "images", "imagepath", "filepath", "photo"}
_PHOTO = re.compile(
    rf"(.+?(?:{'|'.join(map(re.escape, sorted(IMAGE_SUFFIXES)))}))(?=[\s,;\"']|$)", re.IGNORECASE
)


def read_split_list(path: Path, split: Split) -> SplitList:
    """Read a list of photos.

    Args:
        path: A text file.
        split: The split that it stands for.

    Returns:
        Its lines, of a CSV the column of photos; empty ones and comments are left out.

    Raises:
        SourceError: If it is no readable text.
    """
    lines = _read_column(path) if path.suffix.lower() == ".csv" else read_lines(path)
    stripped = (line.strip().strip("\"'") for line in lines)
    return SplitList(split, path, tuple(line for line in stripped if line and line[0] != "#"))


def read_lines(path: Path) -> list[str]:
    """Read the lines of a list, of photos or of names.

    Args:
        path: A text file in UTF-8, or in UTF-16 with its mark.

    Raises:
        SourceError: If it is no such file.
    """
    try:
        data = path.read_bytes()
        is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return data.decode("utf-16" if is_wide else "utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _refuse(path, error) from error


def _read_column(path: Path) -> list[str]:
    """The photos of a CSV: their column by its name, or in each line the first name of an image."""
    try:
        rows = [cells for _, cells in read_sheet(path).lines]
    except (OSError, ValueError) as error:
        raise _refuse(path, error) from error
    names = [plain_name(name) for name in rows[0]] if rows else []
    column = next((place for place, name in enumerate(names) if name in _PHOTO_COLUMNS), None)
    if column is not None:
        return ["".join(cells[column : column + 1]) for cells in rows[1:]]
    images = [[cell for cell in cells if is_image_file(Path(cell))] for cells in rows]
    is_header = len(rows) > 1 and not images[0] and all(images[1:])
    named = [(image or cells)[0] for image, cells in zip(images, rows, strict=True)]
    return named[1:] if is_header else named


def _refuse(path: Path, error: Exception) -> SourceError:
    return SourceError(
        "A list of a split, or of names, must be a readable text file in UTF-8.",
        received=f"{path}: {error}",
        remedy="Replace it by the data set's, or remove it: a split is drawn then, unless folders "
        "name it.",
    )


def obey_split_lists(
    listed: Sequence[ListedImage],
    folder: Path,
    described: Sequence[SplitList] = (),
    *,
    labels_csv: Path | None = None,
) -> list[ListedImage]:
    """Give photos the splits that lists name.

    A list may take a photo out of a folder of train, never out of one of validation or test.

    Args:
        listed: What a source lists.
        folder: The source's folder; lists are looked for from there down to where photos begin.
        described: Lists that the data set's description names. A file named like a split counts
            besides only for splits that these lack.
        labels_csv: A file that is no list, whatever its name.

    Returns:
        The same; a photo in lists of several splits, or in none, has that as its reason. Besides,
        an entry for each line that means no photo, or several, and for each file that looks like a
        list and is not read.

    Raises:
        LayoutError: If two lists of one split name different photos.
        SourceError: If a list cannot be read.
    """
    photos = names_below((one.image_path for one in listed if _is_photo(one)), folder)
    known = {one.split for one in described}
    excepted = labels_csv and labels_csv.absolute()
    files = [file for file in _find_lists(folder, photos.values()) if file.absolute() != excepted]
    named = {file: split for file in files if (split := _split_named(file))}
    own = [read_split_list(file, split) for file, split in named.items() if split not in known]
    unread = set(files) - set(named) - {one.path for one in described}
    rows = [
        ListedImage(name, file, reason=f"{LIST_IS_NOT_READ}: {file.name}")
        for name, file in names_below(sorted(unread), folder).items()
    ]
    lists = [*described, *own]
    others = {one.path for one in lists} | unread
    listed = [one for one in listed if one.image_path not in others]
    if not lists:
        return listed + rows
    claims, lost = _find_listed(lists, photos, {one.image_path: one.split for one in listed})
    _require_agreement(own, claims)
    is_whole = "train" in {one.split for one in lists}
    return [
        _settle(one, claims[one.image_path], is_whole=is_whole) if _is_photo(one) else one
        for one in listed
    ] + [*lost, *rows]


def _is_photo(photo: ListedImage) -> bool:
    is_mask = photo.image_path == photo.mask_path or photo.reason.startswith(NO_IMAGE)
    return is_image_file(photo.image_path) and not is_mask


def _find_lists(folder: Path, photos: Collection[Path]) -> list[Path]:
    """Files that look like lists: those of the topmost folder that holds one that can be read."""
    parents = {str(photo.parent) for photo in photos}
    labels = {photo.with_suffix(".txt") for photo in photos}
    below = Path(os.path.relpath(os.path.commonpath(parents), folder)).parts if parents else ()
    found: list[Path] = []
    for depth in range(len(below) + 1):
        for place in _list_places(folder.joinpath(*below[:depth])):
            found += [file for file in list_files(place) if _is_likely(file) and file not in labels]
        if any(map(_split_named, found)):
            break
    return list(dict.fromkeys(found))


def _list_places(folder: Path) -> Iterator[Path]:
    """The folder, and those in it that hold lists."""
    yield folder
    for child in list_folders(folder):
        if plain_name(child.name) in _LIST_FOLDERS:
            yield child
        elif plain_name(child.name) == _SETS:
            yield from (child, *list_folders(child))


def _split_named(file: Path) -> Split | None:
    """The split that a file is the list of, by its name."""
    match = _LIST_NAME.fullmatch(plain_name(file.stem))
    is_text = file.suffix.lower() in LIST_SUFFIXES
    return SPLIT_OF_FOLDER.get(match[1]) if match and is_text else None


def _is_likely(file: Path) -> bool:
    """True for lists of splits, and for files that look like one, but no annotations."""
    if _split_named(file):
        return True
    words = set(re.split(r"[^a-z]+", file.stem.lower()))
    if file.suffix.lower() not in _UNREAD_SUFFIXES or not words & _WORDS_OF_LISTS:
        return False
    is_json = file.suffix.lower() == ".json"
    is_other = words - _WORDS_OF_LISTS - _OTHER_WORDS
    return not is_other and not (is_json and _holds_annotations(file))


def _holds_annotations(file: Path) -> bool:
    try:
        return b'"annotations"' in file.read_bytes()
    except OSError:
        return False


Claims = dict[Path, dict[Split, dict[Path, None]]]
"""Photo → each split that it is listed for, and the lists."""


def _require_agreement(lists: Sequence[SplitList], claims: Claims) -> None:
    """Refuse lists of one split of which one names a photo that the other does not."""
    photos_of: dict[Split, tuple[Path, set[Path]]] = {}
    for one in lists:
        photos = {
            photo for photo, listed in claims.items() if one.path in listed.get(one.split, ())
        }
        other, others = photos_of.setdefault(one.split, (one.path, photos))
        if photos != others:
            raise LayoutError(
                "Two lists of one split must name the same photos.",
                received=f"{other} and {one.path}; one alone names {min(photos ^ others).name}",
                remedy="Keep the one that is to be obeyed.",
            )


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
                claims[photos[meant[0]]].setdefault(one.split, {})[one.path] = None
            else:
                row = _list_lost(one, written[0], meant)
                rows[row.image_id] = row
    return claims, list(rows.values())


def _names_in(line: str) -> list[str]:
    """The parts of a line that may name a photo; what follows may name its mask."""
    photo = _PHOTO.match(line)
    return [photo.group(1)] if photo else list(dict.fromkeys((line, re.split(r"[\s,;]", line)[0])))


def _list_lost(one: SplitList, written: str, meant: Sequence[str]) -> ListedImage:
    reason = f"{LISTED_FILE_IS_MISSING}: {one.path.name}"
    if meant:
        reason = f"{LISTED_FILE_IS_AMBIGUOUS}: {', '.join(meant[:2])} for {written}"
    return ListedImage(f"{one.path.name}/{written}", one.path, split=one.split, reason=reason)


def _settle(
    photo: ListedImage, listed_in: Mapping[Split, Mapping[Path, None]], *, is_whole: bool
) -> ListedImage:
    claims = {split: next(iter(files)).name for split, files in listed_in.items()}
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
