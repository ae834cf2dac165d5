"""Photos and masks in folders side by side, with an official test split.

``train_img``, ``train_lab``, ``test_img``, ``test_lab``: the layout of *DeepCrack*.

Source:
    Liu, Y., Yao, J., Lu, X., Xie, R., Li, L. (2019), DeepCrack: A deep hierarchical feature
    learning architecture for crack segmentation, Neurocomputing 338, 139–153,
    https://doi.org/10.1016/j.neucom.2019.01.036
"""

from pathlib import Path

from crack_pipeline.masks.pairing import pair_by_stem
from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    OTHER_FILE_TYPE,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
    is_image_file,
    list_files,
    list_subfolders,
    set_aside,
)
from crack_pipeline.sources.listing import ListedImage
from crack_pipeline.types import Split

FOLDERS_OF_SPLIT: dict[Split, tuple[str, str]] = {
    "train": ("train_img", "train_lab"),
    "test": ("test_img", "test_lab"),
}


def list_paired_folders(folder: Path) -> list[ListedImage]:
    """List the photos of the official splits, each with the mask of its stem.

    Args:
        folder: Holds the four folders.

    Returns:
        One entry a photo, and one for each mask or other file that belongs to none; ids are
        ``<split>/<stem>``.

    Raises:
        LayoutError: If one of the four folders is missing.
        SourceError: If a folder cannot be read.
    """
    names = [name for pair in FOLDERS_OF_SPLIT.values() for name in pair]
    folders = list_subfolders(folder, names)
    return [
        listed
        for split, (images, masks) in FOLDERS_OF_SPLIT.items()
        for listed in list_pairs(folders[images], folders[masks], split)
    ]


def list_pairs(images: Path, masks: Path, split: Split) -> list[ListedImage]:
    """List the photos of one folder with their masks of another.

    Args:
        images: Folder of photos.
        masks: Folder of masks.
        split: The official split of all of them.

    Returns:
        One entry a photo, and one for each mask or other file that belongs to none.

    Raises:
        SourceError: If a folder cannot be read.
    """
    image_files, mask_files = list_files(images), list_files(masks)
    pairing = pair_by_stem(filter(is_image_file, image_files), filter(is_image_file, mask_files))
    listed = [
        ListedImage(f"{split}/{image.stem}", image, mask_path=mask, split=split)
        for image, mask in pairing.pairs
    ]
    for files, reason in (
        (pairing.images_without_mask, NO_MASK),
        (pairing.images_with_several_masks, TWO_MASKS_WITH_ONE_STEM),
    ):
        listed += [
            ListedImage(f"{split}/{file.stem}", file, split=split, reason=reason) for file in files
        ]
    for files, reason in (
        (pairing.ambiguous_images, TWO_IMAGES_WITH_ONE_STEM),
        (pairing.masks_without_image, NO_IMAGE),
        (pairing.ambiguous_masks, TWO_MASKS_WITH_ONE_STEM),
        ([file for file in image_files + mask_files if not is_image_file(file)], OTHER_FILE_TYPE),
    ):
        listed += [set_aside(file, file.parent.name, reason) for file in files]
    return listed
