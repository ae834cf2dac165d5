"""List the files of a source's folders."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.sources.listing import ListedImage

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm"}
)

TWO_IMAGES_WITH_ONE_STEM = "two images with one stem"
TWO_MASKS_WITH_ONE_STEM = "two masks with one stem"
NO_MASK = "image without mask"
NO_IMAGE = "mask without image"
OTHER_FILE_TYPE = "not an image file type"


def list_files(folder: Path) -> list[Path]:
    """The files of a folder, without its subfolders and hidden files.

    Args:
        folder: Where to look.

    Returns:
        Paths by ascending name.

    Raises:
        SourceError: If the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and not entry.is_dir()
            ]
    except OSError as error:
        raise SourceError(
            "The folder of a data source must be readable.",
            received=f"{folder}: {error.strerror or error}",
            remedy="Correct `ingestion.path`, or give read permission.",
        ) from error
    return [folder / name for name in sorted(names)]


def is_image_file(path: Path) -> bool:
    """Whether a file's suffix, in any case, is that of an image."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def stem_counts(files: Iterable[Path]) -> Counter[str]:
    """How many of the image files have each stem."""
    return Counter(file.stem for file in files if is_image_file(file))


def list_subfolders(folder: Path, layout: Iterable[str]) -> dict[str, Path]:
    """Find the folders that a layout names, upper and lower case alike.

    Args:
        folder: The source's folder.
        layout: Names that must be there.

    Returns:
        Name in the layout → folder.

    Raises:
        LayoutError: If one is missing.
        SourceError: If the folder cannot be read.
    """
    try:
        there = {child.name.lower(): child for child in folder.iterdir() if child.is_dir()}
    except OSError as error:
        raise SourceError(
            "The folder of a data source must be readable.",
            received=f"{folder}: {error.strerror or error}",
            remedy="Correct `ingestion.path`, or give read permission.",
        ) from error
    names = list(layout)
    missing = [name for name in names if name.lower() not in there]
    if missing:
        found = ", ".join(sorted(child.name for child in there.values())) or "no subfolder"
        raise LayoutError(
            f"The folder must hold {', '.join(names)}.",
            received=f"{folder} with {found}; missing: {', '.join(missing)}",
            remedy="Correct `ingestion.path`, or name the layout in `ingestion.source`.",
        )
    return {name: there[name.lower()] for name in names}


def set_aside(path: Path, prefix: str, reason: str) -> ListedImage:
    """A listed file that cannot be used, under its full name so that ids stay unique.

    Args:
        path: The file.
        prefix: What the id begins with, such as the folder's name.
        reason: Kind of fault, then a colon and details where there are any.
    """
    return ListedImage(f"{prefix}/{path.name}", path, reason=reason)
