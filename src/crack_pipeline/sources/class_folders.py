"""Photos sorted into one folder a class, without masks: ``Positive/`` and ``Negative/``.

The layout of *Concrete Crack Images for Classification* (METU), for one's own photos too.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from crack_pipeline.data_source import Download, ListedImage, PhotoFacts, Source
from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.files import (
    TWO_IMAGES_WITH_ONE_STEM,
    find_layout_folders,
    is_image_file,
    join_id,
    list_files,
    list_folders,
    names_below,
    recognize_source,
    set_aside_other_file,
)
from crack_pipeline.sources.folder_names import (
    FOLDER_NAME_VARIANT,
    IMAGE_FOLDERS,
    MASK_FOLDERS,
    folder_named,
)
from crack_pipeline.sources.paired_folders import list_pairs
from crack_pipeline.sources.pairing import stem_of

LABEL_OF_FOLDER = {"Positive": 1, "Negative": 0}
LAYOUT = "Positive and Negative: photos with a crack, and photos without"


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
    folders = find_layout_folders(folder, LABEL_OF_FOLDER)
    listed = [
        photo
        for name, label in LABEL_OF_FOLDER.items()
        for photo in list_unmasked(
            folders[name], list_files(folders[name]), prefix=name, label=label
        )
    ]
    root = folders["Positive"].parent
    if not listed and recognize_source(root) == "concrete_masks":
        raise LayoutError(
            f"The folder must hold {LAYOUT}.",
            received=f"{root} with images and masks in folders of each class",
            remedy="It looks like the source concrete_masks: use --env=concrete_masks, or set "
            "`ingestion.source`.",
        )
    return listed


def list_unmasked(
    folder: Path, files: Sequence[Path], *, prefix: str = "", **facts: Unpack[PhotoFacts]
) -> list[ListedImage]:
    """List photos that have no masks.

    Args:
        folder: The folder that the files lie in or below.
        files: Photos, and other files among them.
        prefix: What their ids begin with; empty for nothing.
        facts: What holds for all photos.

    Returns:
        One entry a file. Photos with one stem are set aside: ids could not tell them apart, and
        mostly they are one photo in two formats.
    """
    names = names_below(files, folder)
    of_stem: dict[str, list[str]] = defaultdict(list)
    for name in filter(lambda name: is_image_file(names[name]), names):
        of_stem[stem_of(name)].append(name)
    several = {name for same in of_stem.values() if len(same) > 1 for name in same}
    listed = []
    for name, file in names.items():
        stem, full_id = join_id(prefix, stem_of(name)), join_id(prefix, name)
        if not is_image_file(file):
            listed.append(set_aside_other_file(file, full_id))
            continue
        image_id = full_id if {name, stem_of(name)} & several else stem
        reason = f"{TWO_IMAGES_WITH_ONE_STEM}: {stem}" if name in several else ""
        listed.append(ListedImage(image_id, file, reason=reason, **facts))
    return listed


SOURCE = Source(
    name="class_folders",
    title="one's own photos, sorted by class",
    list_photos=list_class_folders,
    layout=LAYOUT,
    licence="your own photos: nothing is known of a licence",
)


_CONCRETE_LAYOUT = (
    "Positive and Negative, each with Images and Masks: photos, and masks with their stems"
)


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
    root = _material_folder(folder)
    folders = find_layout_folders(root, LABEL_OF_FOLDER, layout=_CONCRETE_LAYOUT)
    listed = []
    for name, place in folders.items():
        images, masks = folder_named(place, IMAGE_FOLDERS), folder_named(place, MASK_FOLDERS)
        if images is None or masks is None:
            found = ", ".join(child.name for child in list_folders(place)) or "no subfolder"
            raise LayoutError(
                f"The folder must hold {_CONCRETE_LAYOUT}.",
                received=f"{place} with {found}; missing: {'Masks' if images else 'Images'}",
                remedy="Correct `ingestion.path`; photos sorted by class without masks are read "
                "with ingestion.source=metu or folder.",
            )
        is_usual = (images.name.lower(), masks.name.lower()) == ("images", "masks")
        listed += list_pairs(
            images,
            masks,
            prefix=name,
            mask_prefix=f"{name}/{masks.name}",
            label=LABEL_OF_FOLDER[name],
            noted="" if is_usual else FOLDER_NAME_VARIANT,
        )
    return listed


def _material_folder(folder: Path) -> Path:
    """The folder of concrete, where those of other materials lie beside it."""
    named = [child for child in list_folders(folder) if child.name.lower() == "concrete"]
    return _material_folder(named[0]) if len(named) == 1 else folder


CONCRETE_MASKS = Source(
    name="concrete_masks",
    title="Crack Dataset (Kaggle, yatata1), concrete with masks",
    list_photos=list_concrete_masks,
    layout=_CONCRETE_LAYOUT,
    licence="not known here: see the data set's page",
    citation=(
        "Crack Dataset, Kaggle, https://www.kaggle.com/datasets/yatata1/crack-dataset "
        "(no publication known)"
    ),
    homepage="https://www.kaggle.com/datasets/yatata1/crack-dataset",
    downloads=(Download("kaggle", "yatata1/crack-dataset", "crack-dataset.zip"),),
    has_crops=True,  # and names of files say nothing of the photo
)


METU = Source(
    name="metu",
    title="METU, Concrete Crack Images for Classification",
    list_photos=list_class_folders,
    layout=LAYOUT,
    licence="CC BY 4.0",
    citation=(
        "Özgenel, Ç. F. (2019), Concrete Crack Images for Classification, Mendeley Data, V2, "
        "https://doi.org/10.17632/5y9wdsg2zt.2"
    ),
    homepage="https://data.mendeley.com/datasets/5y9wdsg2zt/2",
    downloads=(
        Download(
            "mendeley",
            "5y9wdsg2zt/2",
            "Concrete Crack Images for Classification.rar",
            size_bytes=241_363_336,
            unpacked_bytes=260_000_000,
        ),
        Download("kaggle", "arunrk7/surface-crack-detection", "surface-crack-detection.zip"),
    ),
    has_crops=True,
)
