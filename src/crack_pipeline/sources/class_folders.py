"""Photos sorted into one folder a class, without masks: ``Positive/`` and ``Negative/``.

The layout of *Concrete Crack Images for Classification* (METU).

Source:
    Özgenel, Ç. F. (2019), Concrete Crack Images for Classification, Mendeley Data, V2,
    https://doi.org/10.17632/5y9wdsg2zt.2
"""

from pathlib import Path

from crack_pipeline.sources.files import (
    OTHER_FILE_TYPE,
    TWO_IMAGES_WITH_ONE_STEM,
    is_image_file,
    list_files,
    list_subfolders,
    set_aside,
    stem_counts,
)
from crack_pipeline.sources.listing import ListedImage

LABEL_OF_FOLDER = {"Positive": 1, "Negative": 0}


def list_class_folders(folder: Path) -> list[ListedImage]:
    """List the photos of both classes.

    Args:
        folder: Holds ``Positive`` and ``Negative``.

    Returns:
        One entry a file; ids are ``<folder>/<stem>``, since stems repeat across the classes.

    Raises:
        LayoutError: If one of the two folders is missing.
        SourceError: If a folder cannot be read.
    """
    folders = list_subfolders(folder, LABEL_OF_FOLDER)
    return [
        listed
        for name, label in LABEL_OF_FOLDER.items()
        for listed in _list_class(folders[name], name, label)
    ]


def _list_class(folder: Path, name: str, label: int) -> list[ListedImage]:
    files = list_files(folder)
    n_of_stem = stem_counts(files)
    return [_list_file(file, name, label, n_of_stem[file.stem]) for file in files]


def _list_file(file: Path, name: str, label: int, n_of_stem: int) -> ListedImage:
    if not is_image_file(file):
        return set_aside(file, name, f"{OTHER_FILE_TYPE}: {file.suffix or 'no suffix'}")
    if n_of_stem > 1:
        return set_aside(file, name, f"{TWO_IMAGES_WITH_ONE_STEM}: {file.stem}")
    return ListedImage(f"{name}/{file.stem}", file, label=label)
