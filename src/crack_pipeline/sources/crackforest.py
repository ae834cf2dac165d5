"""CrackForest: photos of roads with regions in MATLAB files.

``image/<number>.jpg`` and ``groundTruth/<number>.mat``, as in the archive that GitHub makes of the
repository, whose top folder is ``CrackForest-dataset-master``. What else lies there (``seg``, a
text) is not read.

Source:
    Shi, Y., Cui, L., Qi, Z., Meng, F., Chen, Z. (2016), Automatic Road Crack Detection Using Random
    Structured Forests, IEEE Transactions on Intelligent Transportation Systems 17 (12), 3434–3445,
    https://doi.org/10.1109/TITS.2016.2552248
"""

from pathlib import Path

from crack_pipeline.sources.files import (
    find_layout_root,
    is_image_file,
    list_files,
    list_subfolders,
    names_below,
    set_aside_other_file,
)
from crack_pipeline.sources.pairing import AnnotatedPhotos, list_annotated
from crack_pipeline.sources.source import Download, ListedImage, Source

NAMES = IMAGES, MASKS = "image", "groundTruth"
LAYOUT = f"{IMAGES}/*.jpg and {MASKS}/*.mat"


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
    folders = list_subfolders(find_layout_root(folder, NAMES, layout=LAYOUT), NAMES)
    image_files, mask_files = (list_files(folders[name]) for name in NAMES)
    photos = AnnotatedPhotos(
        images=names_below(filter(is_image_file, image_files), folders[IMAGES]),
        annotations=names_below(filter(_is_matlab, mask_files), folders[MASKS]),
        mask_format="crackforest",
        annotation_prefix=MASKS,
    )
    others = [file for file in image_files if not is_image_file(file)]
    others += [file for file in mask_files if not _is_matlab(file)]
    return list_annotated(photos) + [
        set_aside_other_file(file, file.parent.name) for file in others
    ]


def _is_matlab(path: Path) -> bool:
    return path.suffix.lower() == ".mat"


SOURCE = Source(
    name="crackforest",
    title="CrackForest, 118 photos of roads in Beijing, 480×320 px",
    list_photos=list_crackforest,
    layout=LAYOUT,
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
