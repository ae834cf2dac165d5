"""METU: 20 000 + 20 000 patches of concrete, sorted by class."""

from pathlib import Path

from crack_pipeline.sources.class_folders import LAYOUT, list_class_folders
from crack_pipeline.sources.source import Download, ListedImage, Source


def list_metu(folder: Path) -> list[ListedImage]:
    """List the patches of METU.

    Args:
        folder: Holds ``Positive`` and ``Negative``, or a folder that does.

    Returns:
        One entry a file; ids are ``Positive/<stem>`` and ``Negative/<stem>``. File names say
        nothing about the photo that a patch was cut from.

    Raises:
        LayoutError: If one of the two folders is missing.
        SourceError: If a folder cannot be read.
    """
    return list_class_folders(folder)


SOURCE = Source(
    name="metu",
    title="METU, Concrete Crack Images for Classification",
    list_photos=list_metu,
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
        Download(
            "kaggle",
            "arunrk7/surface-crack-detection",
            "surface-crack-detection.zip",
        ),
    ),
    has_crops=True,
)
