"""Photos sorted into one folder a class, without masks: ``Positive/`` and ``Negative/``.

The layout of *Concrete Crack Images for Classification* (METU), for one's own photos too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.files import (
    TWO_IMAGES_WITH_ONE_STEM,
    find_layout_root,
    is_image_file,
    list_files,
    list_subfolders,
    names_below,
    recognize_source,
    set_aside,
    set_aside_other_file,
)
from crack_pipeline.sources.pairing import stem_of
from crack_pipeline.sources.source import ListedImage, Source
from crack_pipeline.types import Split

LABEL_OF_FOLDER = {"Positive": 1, "Negative": 0}
LAYOUT = "Positive and Negative: photos with a crack, and photos without"


@dataclass(frozen=True, slots=True)
class PhotoFolder:
    """Photos without masks, and what holds for all of them.

    Attributes:
        folder: Where they lie.
        prefix: What their ids begin with; empty for nothing.
        label: Label of all photos; None where it is unknown.
        split: Official split of all photos.
        surface: What all photos show.
        noted: What was read otherwise than it stands there.
    """

    folder: Path
    prefix: str = ""
    label: int | None = None
    split: Split | None = None
    surface: str | None = None
    noted: str = ""


def list_class_folders(folder: Path) -> list[ListedImage]:
    """List the photos of both classes.

    Args:
        folder: Holds ``Positive`` and ``Negative``.

    Returns:
        One entry a file; ids are ``<folder>/<stem>``, since stems repeat across the classes.

    Raises:
        LayoutError: If one of the two folders is missing, or both hold folders of masks instead.
        SourceError: If a folder cannot be read.
    """
    root = find_layout_root(folder, list(LABEL_OF_FOLDER))
    folders = list_subfolders(root, LABEL_OF_FOLDER)
    listed = [
        photo
        for name, label in LABEL_OF_FOLDER.items()
        for photo in list_unmasked(
            PhotoFolder(folders[name], name, label), list_files(folders[name])
        )
    ]
    if not listed and recognize_source(root) == "concrete_masks":
        raise LayoutError(
            f"The folder must hold {LAYOUT}.",
            received=f"{root} with images and masks in folders of each class",
            remedy="It looks like the source concrete_masks: use --env=concrete_masks, or set "
            "`ingestion.source`.",
        )
    return listed


def list_unmasked(place: PhotoFolder, files: Sequence[Path]) -> list[ListedImage]:
    """List photos that have no masks.

    Args:
        place: The folder that the files lie in or below.
        files: Photos, and other files among them.

    Returns:
        One entry a file. Photos with one stem are set aside: ids could not tell them apart, and
        mostly they are one photo in two formats.
    """
    names = names_below(files, place.folder)
    of_stem: dict[str, list[str]] = {}
    for name, file in names.items():
        if is_image_file(file):
            of_stem.setdefault(stem_of(name), []).append(name)
    several = {name for same in of_stem.values() if len(same) > 1 for name in same}
    return [_list_file(place, file, name, several) for name, file in names.items()]


def _list_file(place: PhotoFolder, file: Path, name: str, several: set[str]) -> ListedImage:
    folder = "/".join(filter(None, (place.prefix, name.rpartition("/")[0])))
    if not is_image_file(file):
        return set_aside_other_file(file, folder)
    path = "/".join(filter(None, (place.prefix, stem_of(name))))
    if name not in several and stem_of(name) not in several:
        return _describe(place, path, file)
    aside = set_aside(file, folder, f"{TWO_IMAGES_WITH_ONE_STEM}: {path}")
    reason = aside.reason if name in several else ""
    return _describe(place, aside.image_id, file, reason)


def _describe(place: PhotoFolder, image_id: str, file: Path, reason: str = "") -> ListedImage:
    return ListedImage(
        image_id,
        file,
        label=place.label,
        split=place.split,
        surface=place.surface,
        noted=place.noted,
        reason=reason,
    )


SOURCE = Source(
    name="class_folders",
    title="one's own photos, sorted by class",
    list_photos=list_class_folders,
    layout=LAYOUT,
    licence="your own photos: nothing is known of a licence",
)
