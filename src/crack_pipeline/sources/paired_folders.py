"""Photos and masks in folders, paired by name; and the layout with an official test split.

``train_img``, ``train_lab``, ``test_img``, ``test_lab``: the layout of *DeepCrack*, for one's own
photos too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from crack_pipeline.data_source import Download, ListedImage, PhotoFacts, Source
from crack_pipeline.sources.files import (
    find_layout_folders,
    is_image_file,
    join_id,
    list_files,
    names_below,
    set_aside_other_file,
)
from crack_pipeline.sources.pairing import pair_by_stem
from crack_pipeline.types import Split

FOLDERS_OF_SPLIT: dict[Split, tuple[str, str]] = {
    "train": ("train_img", "train_lab"),
    "test": ("test_img", "test_lab"),
}
LAYOUT = "train_img, train_lab, test_img and test_lab: photos, and masks with the photos' stems"


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
    folders = find_layout_folders(folder, names)
    return [
        listed
        for split, (images, masks) in FOLDERS_OF_SPLIT.items()
        for listed in list_pairs(
            folders[images],
            folders[masks],
            prefix=split,
            mask_prefix=folders[masks].name,
            split=split,
        )
    ]


def list_pairs(
    images: Path,
    masks: Path,
    files: tuple[Sequence[Path], Sequence[Path]] | None = None,
    *,
    prefix: str = "",
    mask_prefix: str = "",
    **facts: Unpack[PhotoFacts],
) -> list[ListedImage]:
    """List the photos of one folder with their masks of another, or of the same.

    Args:
        images: Folder of the photos.
        masks: Folder of the masks.
        files: Files of each that are looked at; by default all, without those of subfolders.
        prefix: What the ids of photos begin with; empty for nothing.
        mask_prefix: What the ids of left-over masks begin with.
        facts: What holds for all photos.

    Returns:
        One entry a photo, and one for each file that belongs to none.

    Raises:
        SourceError: If a folder cannot be read.
    """
    image_files, mask_files = files or (list_files(images), list_files(masks))
    listed = pair_by_stem(
        names_below(filter(is_image_file, image_files), images),
        names_below(filter(is_image_file, mask_files), masks),
        prefix=prefix,
        mask_prefix=mask_prefix,
        **facts,
    )
    for found, root, start in (
        (image_files, images, prefix or images.name),
        (mask_files, masks, mask_prefix),
    ):
        others = names_below((file for file in found if not is_image_file(file)), root)
        listed += [
            set_aside_other_file(file, join_id(start, name)) for name, file in others.items()
        ]
    return listed


SOURCE = Source(
    name="paired_folders",
    title="one's own photos and masks, with a test split",
    list_photos=list_paired_folders,
    layout=LAYOUT,
    licence="your own photos: nothing is known of a licence",
)


DEEPCRACK = Source(
    name="deepcrack",
    title="DeepCrack",
    list_photos=list_paired_folders,
    layout=LAYOUT,
    licence="non-commercial research and education only",
    citation=(
        "Liu, Y., Yao, J., Lu, X., Xie, R., Li, L. (2019), DeepCrack: A deep hierarchical feature "
        "learning architecture for crack segmentation, Neurocomputing 338, 139–153, "
        "https://doi.org/10.1016/j.neucom.2019.01.036"
    ),
    homepage="https://github.com/yhlleo/DeepCrack",
    has_crops=True,
    photo_id_pattern=r"^(.+?)(?:-\d+)?$",  # 11289-3 and 11289-7 are crops of photo 11289
)


NAMES = IMAGES, MASKS = "image", "groundTruth"
_CRACKFOREST_LAYOUT = f"{IMAGES}/*.jpg and {MASKS}/*.mat"


def list_crackforest(folder: Path) -> list[ListedImage]:
    """List the photos with the MATLAB files of their stems.

    Args:
        folder: Holds ``image`` and ``groundTruth``, itself or some folders further down.

    Returns:
        One entry a photo, its id the stem, and one for each file that belongs to none.

    Raises:
        LayoutError: If one of the two folders is missing.
        SourceError: If a folder cannot be read.
    """
    folders = find_layout_folders(folder, NAMES, layout=_CRACKFOREST_LAYOUT)
    image_files, mask_files = (list_files(folders[name]) for name in NAMES)
    listed = pair_by_stem(
        names_below(filter(is_image_file, image_files), folders[IMAGES]),
        names_below(filter(_is_matlab, mask_files), folders[MASKS]),
        mask_prefix=MASKS,
        mask_format="crackforest",
    )
    others = [file for file in image_files if not is_image_file(file)]
    others += [file for file in mask_files if not _is_matlab(file)]
    return listed + [
        set_aside_other_file(file, f"{file.parent.name}/{file.name}") for file in others
    ]


def _is_matlab(path: Path) -> bool:
    return path.suffix.lower() == ".mat"


CRACKFOREST = Source(
    name="crackforest",
    title="CrackForest, 118 photos of roads in Beijing, 480×320 px",
    list_photos=list_crackforest,
    layout=_CRACKFOREST_LAYOUT,
    licence="For non-commercial research purposes only, by the data set's README.",
    citation=(
        "Shi, Y., Cui, L., Qi, Z., Meng, F., Chen, Z. (2016), Automatic Road Crack Detection Using "
        "Random Structured Forests, IEEE Transactions on Intelligent Transportation Systems "
        "17 (12), 3434–3445, https://doi.org/10.1109/TITS.2016.2552248"
    ),
    homepage="https://github.com/cuilimeng/CrackForest-dataset",
    downloads=(
        Download(
            kind="http",
            address="https://github.com/cuilimeng/CrackForest-dataset/archive/refs/heads/master.zip",
            file_name="CrackForest-dataset-master.zip",
        ),
    ),
)
"""GitHub packs the archive anew for each download, so its checksum may change without its content
doing so. Some photos of the archive are said to have no mask: the environment sets them aside."""
