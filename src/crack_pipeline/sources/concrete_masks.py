"""Concrete patches sorted by class, each with a mask.

``Positive`` and ``Negative``, each with ``Images`` and ``Masks``; in the data set as it is handed
out, the masks of ``Negative`` lie in ``Mask``.
"""

from pathlib import Path

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.class_folders import LABEL_OF_FOLDER
from crack_pipeline.sources.files import find_layout_root, list_folders, list_subfolders
from crack_pipeline.sources.folder_names import (
    FOLDER_NAME_VARIANT,
    IMAGE_FOLDERS,
    MASK_FOLDERS,
    folder_named,
)
from crack_pipeline.sources.paired_folders import PairedPhotos, list_pairs
from crack_pipeline.sources.source import Download, ListedImage, Source

LAYOUT = "Positive and Negative, each with Images and Masks: photos, and masks with their stems"
_MATERIAL = "concrete"


def list_concrete_masks(folder: Path) -> list[ListedImage]:
    """List the patches of both classes, each with its mask.

    The label is that of the folder, so that a mask that says otherwise is found.

    Args:
        folder: Holds ``Positive`` and ``Negative``, each with a folder of images and one of masks
            in any usual name; or a folder that does.

    Returns:
        One entry an image, and one for each mask or other file that belongs to none; ids are
        ``Positive/<stem>`` and ``Negative/<stem>``.

    Raises:
        LayoutError: If a folder is missing, or there twice.
        SourceError: If a folder cannot be read.
    """
    root = find_layout_root(_material_folder(folder), list(LABEL_OF_FOLDER), layout=LAYOUT)
    folders = list_subfolders(root, LABEL_OF_FOLDER)
    return [
        listed
        for name, label in LABEL_OF_FOLDER.items()
        for listed in list_pairs(_pair_class(folders[name], name, label))
    ]


def _material_folder(folder: Path) -> Path:
    """The folder of concrete, where those of other materials lie beside it."""
    named = [child for child in list_folders(folder) if child.name.lower() == _MATERIAL]
    return _material_folder(named[0]) if len(named) == 1 else folder


def _pair_class(folder: Path, name: str, label: int) -> PairedPhotos:
    images, masks = folder_named(folder, IMAGE_FOLDERS), folder_named(folder, MASK_FOLDERS)
    if images is None or masks is None:
        found = ", ".join(child.name for child in list_folders(folder)) or "no subfolder"
        raise LayoutError(
            f"The folder must hold {LAYOUT}.",
            received=f"{folder} with {found}; missing: {'Masks' if images else 'Images'}",
            remedy="Correct `ingestion.path`; photos sorted by class without masks are read with "
            "ingestion.source=metu or folder.",
        )
    is_variant = (images.name.lower(), masks.name.lower()) != ("images", "masks")
    return PairedPhotos(
        images,
        masks,
        prefix=name,
        mask_prefix=f"{name}/{masks.name}",
        label=label,
        noted=FOLDER_NAME_VARIANT if is_variant else "",
    )


SOURCE = Source(
    name="concrete_masks",
    title="Crack Dataset (Kaggle, yatata1), concrete with masks",
    list_photos=list_concrete_masks,
    layout=LAYOUT,
    licence="not known here: see the data set's page",
    citation=(
        "Crack Dataset, Kaggle, https://www.kaggle.com/datasets/yatata1/crack-dataset "
        "(no publication known)"
    ),
    homepage="https://www.kaggle.com/datasets/yatata1/crack-dataset",
    downloads=(Download("kaggle", "yatata1/crack-dataset", "crack-dataset.zip"),),
    has_crops=True,  # and names of files say nothing of the photo
)
