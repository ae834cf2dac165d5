"""Names that people give to folders of photos, masks, classes and splits."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.files import is_image_file, list_folders, list_tree
from crack_pipeline.types import Split

FOLDER_NAME_VARIANT = "folder_name_variant"
"""Noted where a folder has another name than the data set's own layout gives it."""

IMAGE_FOLDERS = frozenset(
    {
        *("images", "image", "imgs", "img", "photos", "photo", "pictures", "jpegimages", "rgb"),
        *("crop", "fotos", "bilder"),
    }
)
MASK_FOLDERS = frozenset(
    {
        *("masks", "mask", "labels", "label", "lab", "labs", "gt", "groundtruth", "truth"),
        *("annotations", "annotation", "segmentation", "segmentations", "segmentationclass"),
        "masken",
    }
)
LABEL_OF_CLASS: Mapping[str, int] = {
    **dict.fromkeys(
        ("positive", "crack", "cracks", "cracked", "withcrack", "withcracks", "yes"), 1
    ),
    **dict.fromkeys(
        (
            *("negative", "nocrack", "nocracks", "noncrack", "noncracks", "noncracked"),
            *("notcracked", "uncracked", "withoutcrack", "withoutcracks", "no"),
        ),
        0,
    ),
}
SPLIT_OF_FOLDER: Mapping[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "val", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def plain_name(name: str) -> str:
    """A folder's name in lower case, without spaces, hyphens and underscores."""
    return name.lower().replace(" ", "").replace("-", "").replace("_", "")


def folder_named(folder: Path, names: Iterable[str]) -> Path | None:
    """Find the one subfolder that has one of several names.

    Args:
        folder: Where to look.
        names: Names in plain spelling.

    Returns:
        The subfolder; None where there is none.

    Raises:
        LayoutError: If several have one.
        SourceError: If the folder cannot be read.
    """
    known = set(names)
    found = [child for child in list_folders(folder) if plain_name(child.name) in known]
    if len(found) > 1:
        raise LayoutError(
            "A folder must hold one folder of images, one of masks and one of each class.",
            received=f"{folder} with {' and '.join(child.name for child in found)}",
            remedy="Put their files into one folder, or name one folder higher or lower with "
            "--params=ingestion.path=/where/it/is.",
        )
    return found[0] if found else None


def image_and_mask_folders(folder: Path) -> tuple[Path, Path] | None:
    """Find a folder of images and one of masks that lie side by side.

    Args:
        folder: Where to look.

    Returns:
        Images and masks; None where one of them is missing, or the second holds files but no
        image, as the labels of other tasks do.

    Raises:
        LayoutError: If several folders have such a name.
        SourceError: If a folder cannot be read.
    """
    images, masks = folder_named(folder, IMAGE_FOLDERS), folder_named(folder, MASK_FOLDERS)
    if images is None or masks is None:
        return None
    files = list_tree(masks)
    return None if files and not any(map(is_image_file, files)) else (images, masks)
