"""CRACK500: photos of pavement with masks, cut into crops, with official splits."""

from pathlib import Path

from crack_pipeline.data_source import ListedImage, Source
from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.files import find_layout_root, is_image_file, list_files, list_folders
from crack_pipeline.sources.folder_names import SPLIT_OF_FOLDER, image_and_mask_folders
from crack_pipeline.sources.paired_folders import list_pairs
from crack_pipeline.sources.pairing import cut_mask_ending
from crack_pipeline.types import Split

SURFACE = "pavement"
LAYOUT = (
    "traincrop, valcrop and testcrop (or traindata, valdata and testdata; or train, val and test "
    "with images and masks): photos as JPEG, and masks with their stems as PNG"
)
_KINDS_OF_FOLDERS = ("crop", "data", "")
"""Endings after train, val and test; crops before the photos that they were cut from."""


def list_crack500(folder: Path) -> list[ListedImage]:
    """List the crops, or the photos where there are no crops.

    Args:
        folder: Holds ``traincrop``, ``valcrop`` and ``testcrop`` (each may hold one more of its
            name) or their likes; or a folder that does.

    Returns:
        One entry a photo, and one for each mask or other file that belongs to none; ids are
        ``<split>/<stem>``.

    Raises:
        LayoutError: If no folder of photos is there.
        SourceError: If a folder cannot be read.
    """
    root, ending = _find_root(folder)
    children = {child.name.lower(): child for child in list_folders(root)}
    listed = []
    for name, split in SPLIT_OF_FOLDER.items():
        if name + ending in children:
            listed += _list_split(children[name + ending], split)
    return listed


def _find_root(folder: Path) -> tuple[Path, str]:
    """The folder that holds the one of training, and what follows "train" in its name."""
    for ending in _KINDS_OF_FOLDERS:
        try:
            return find_layout_root(folder, [f"train{ending}"]), ending
        except LayoutError:
            continue
    return find_layout_root(folder, ["traincrop"], layout=LAYOUT), _KINDS_OF_FOLDERS[0]


def _list_split(folder: Path, split: Split) -> list[ListedImage]:
    inner = {child.name.lower(): child for child in list_folders(folder)}
    if folder.name.lower() in inner:  # the archive of each split holds a folder of its name
        return _list_split(inner[folder.name.lower()], split)
    images, masks = image_and_mask_folders(folder) or (folder, folder)
    files = None
    if images == masks:
        among = list_files(folder)
        files = ([file for file in among if not _is_mask(file)], list(filter(_is_mask, among)))
    mask_prefix = folder.name if images == masks else f"{folder.name}/{masks.name}"
    return list_pairs(
        images, masks, files, prefix=split, mask_prefix=mask_prefix, split=split, surface=SURFACE
    )


def _is_mask(file: Path) -> bool:
    is_png = file.suffix.lower() == ".png"
    return is_png or (is_image_file(file) and cut_mask_ending(file.stem) is not None)


SOURCE = Source(
    name="crack500",
    title="CRACK500",
    list_photos=list_crack500,
    layout=LAYOUT,
    licence="none stated by its authors, who ask to cite them",
    citation=(
        "Yang, F., Zhang, L., Yu, S., Prokhorov, D., Mei, X., Ling, H. (2020), Feature pyramid and "
        "hierarchical boosting network for pavement crack detection, IEEE Transactions on "
        "Intelligent Transportation Systems 21(4), 1525–1535, "
        "https://doi.org/10.1109/TITS.2019.2910595; Zhang, L., Yang, F., Zhang, Y. D., Zhu, Y. J. "
        "(2016), Road crack detection using deep convolutional neural network, IEEE ICIP, 3708–3712"
    ),
    homepage="https://github.com/fyangneil/pavement-crack-detection",
    has_crops=True,
    photo_id_pattern=r"^(.+)_\d{1,4}_\d{1,4}$",  # <photo>_<x>_<y>, x and y from 1
)
