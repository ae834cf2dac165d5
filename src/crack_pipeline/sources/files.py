"""List the files of a source's folders, and find the folder that has the source's layout."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from crack_pipeline.data_source import ListedImage
from crack_pipeline.downloads.photos import PHOTO_SUFFIXES
from crack_pipeline.errors import LayoutError, SourceError

IMAGE_SUFFIXES = frozenset(PHOTO_SUFFIXES)

TWO_IMAGES_WITH_ONE_STEM = "two images with one stem"
TWO_MASKS_WITH_ONE_STEM = "two masks with one stem"
NO_MASK = "image without mask"
NO_IMAGE = "mask without image"
ANNOTATION_OF_NO_PHOTO = "annotation of a photo that is not listed"
OTHER_FILE_TYPE = "not an image file type"

# What cameras, phones and scanners write, and people take for photos.
_UNREAD_SUFFIXES = (
    *(".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".orf", ".raf", ".rw2", ".pef"),
    *(".srw", ".x3f", ".iiq", ".3fr", ".raw", ".mov", ".mp4", ".m4v", ".avi", ".mkv", ".pdf"),
    *(".djvu", ".psd", ".svg", ".jxl", ".jxr", ".tga", ".insp", ".livp"),
)

_DEPTH = 3
"""Archives often put one or two folders on top of the layout."""
_NAMED = 6


def list_files(folder: Path) -> list[Path]:
    """The files of a folder, without its subfolders and hidden files.

    Args:
        folder: Where to look.

    Returns:
        Paths by ascending name.

    Raises:
        SourceError: If the folder cannot be read.
    """
    return [folder / name for name, is_folder in _scan(folder) if not is_folder]


def list_tree(folder: Path) -> list[Path]:
    """The files of a folder and of all its subfolders.

    Hidden files, hidden folders, what macOS adds to archives and linked folders are left out.

    Args:
        folder: Where to look.

    Returns:
        Paths by ascending name, folder by folder.

    Raises:
        SourceError: If a folder cannot be read.
    """
    files = list_files(folder)
    for subfolder in list_folders(folder):
        if not subfolder.is_symlink():
            files += list_tree(subfolder)
    return files


def list_folders(folder: Path) -> list[Path]:
    """The subfolders of a folder, without hidden ones and what macOS adds to archives.

    Args:
        folder: Where to look.

    Returns:
        Paths by ascending name.

    Raises:
        SourceError: If the folder cannot be read.
    """
    names = [name for name, is_folder in _scan(folder) if is_folder and name != "__MACOSX"]
    return [folder / name for name in names]


def _scan(folder: Path) -> list[tuple[str, bool]]:
    """Name of each entry that is not hidden, and whether it is a folder; by ascending name."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                (entry.name, _is_folder(entry))
                for entry in entries
                if not entry.name.startswith(".")
            )
    except OSError as error:
        raise SourceError(
            "The folder of a data source must be readable.",
            received=f"{folder}: {error.strerror or error}",
            remedy="Correct `ingestion.path`, or give read permission.",
        ) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """False also for a link that goes round: it is named as the file that it pretends to be."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def join_id(prefix: str, name: str) -> str:
    """Join an id's beginning, which may be empty, and the rest of it."""
    return f"{prefix}/{name}" if prefix else name


def names_below(files: Iterable[Path], root: Path) -> dict[str, Path]:
    """Name each file by its path below a folder.

    Args:
        files: Files in or below it.
        root: The folder.

    Returns:
        "site 1/a.jpg" → file, in the files' order.
    """
    start = len(str(root / "x")) - 1  # a Path for each of many files costs more
    return {str(file)[start:].replace(os.sep, "/"): file for file in files}


def is_image_file(path: Path) -> bool:
    """True where a file has the suffix of an image, in upper or lower case."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def is_unread_photo(path: Path) -> bool:
    """True where a file's suffix says photo, video or scan, of a kind that is not read."""
    return path.suffix.lower() in _UNREAD_SUFFIXES


def find_layout_root(folder: Path, required: Sequence[str], *, layout: str = "") -> Path:
    """Find the folder that holds the folders of a layout: this one, or one on its way down.

    Args:
        folder: The source's folder, or one on top of it, as archives have it.
        required: Names of folders that must lie side by side, upper and lower case alike.
        layout: The source's layout in words, for the message; by default the names.

    Returns:
        The folder that holds them, at most three levels down; the topmost one.

    Raises:
        LayoutError: If none does, or several on one level do.
        SourceError: If the folder cannot be read.
    """
    wanted = {name.lower() for name in required}
    below = {folder: list_folders(folder)}
    for _ in range(_DEPTH + 1):
        roots = [
            place
            for place, inner in below.items()
            if wanted <= {child.name.lower() for child in inner}
        ]
        if len(roots) > 1:
            raise refuse_several(folder, roots)
        if roots:
            return roots[0]
        below = {
            child: _list_readable_folders(child) for inner in below.values() for child in inner
        }
    raise refuse_layout(folder, required, layout=layout)


def find_layout_folders(folder: Path, names: Iterable[str], *, layout: str = "") -> dict[str, Path]:
    """Find the folders of a layout, upper and lower case alike.

    Args:
        folder: The source's folder, or one on top of it.
        names: Names of folders that must lie side by side.
        layout: The source's layout in words, for the message; by default the names.

    Returns:
        Name in the layout → folder.

    Raises:
        LayoutError: If one is missing, or they are there several times.
        SourceError: If the folder cannot be read.
    """
    root = find_layout_root(folder, list(names), layout=layout)
    there = {child.name.lower(): child for child in list_folders(root)}
    return {name: there[name.lower()] for name in names}


def refuse_layout(folder: Path, required: Sequence[str], *, layout: str = "") -> LayoutError:
    """Describe a folder that lacks what a layout names.

    Args:
        folder: The folder.
        required: Names of folders that must be there.
        layout: The layout in words; by default the names.

    Returns:
        The error, to be raised; it names the source that the folder looks like, if any.
    """
    there = [child.name for child in list_folders(folder)]
    missing = [name for name in required if name.lower() not in {one.lower() for one in there}]
    found = ", ".join(there[:_NAMED]) + (", …" if len(there) > _NAMED else "")
    known = recognize_source(folder)
    return LayoutError(
        f"The folder must hold {layout or ', '.join(required)}.",
        received=f"{folder} with {found or 'no subfolder'}; missing: {', '.join(missing)}",
        remedy=(
            f"It looks like the source {known}: use --env={known}, or set `ingestion.source`."
            if known
            else "Correct `ingestion.path`, or name the layout in `ingestion.source`."
        ),
    )


def refuse_several(folder: Path, roots: Sequence[Path]) -> LayoutError:
    """Describe a folder that holds a layout more than once.

    Args:
        folder: The folder.
        roots: Where the layout lies, in or below it.

    Returns:
        The error, to be raised.
    """
    names = ", ".join(str(root.relative_to(folder)) for root in roots[:_NAMED])
    return LayoutError(
        "A folder must hold one data set.",
        received=f"{folder} with {len(roots)}: {names}",
        remedy="Name one of them with --params=ingestion.path=/where/it/is.",
    )


def kind_of(reason: str) -> str:
    """The kind of a reason, without what it says of the one file; other file types one by one."""
    return reason if reason.startswith(OTHER_FILE_TYPE) else reason.partition(":")[0]


def set_aside_other_file(path: Path, image_id: str) -> ListedImage:
    """A listed file whose suffix is not that of an image."""
    suffix = path.suffix.lower() or "no suffix"
    return ListedImage(image_id, path, reason=f"{OTHER_FILE_TYPE}: {suffix}")


def _list_readable_folders(folder: Path) -> list[Path]:
    """Subfolders; none where the folder cannot be read."""
    try:
        return list_folders(folder)
    except SourceError:
        return []


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
    there = set()
    for child in _list_readable_folders(folder):
        name = child.name.lower()
        inner = _list_readable_folders(child)
        there |= {name, *(f"{name}/{place.name.lower()}" for place in inner)}
    return next((name for name, marks in _MARKS if there.issuperset(marks)), None)
