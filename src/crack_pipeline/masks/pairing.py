"""Pair photos with masks by their stems, never by their order."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pairing:
    """What belongs together, and what is left over.

    Attributes:
        pairs: Photo and mask, by ascending stem.
        images_without_mask: Photos whose stem no mask has.
        masks_without_image: Masks whose stem no photo has.
        ambiguous_images: Photos that share their stem with another photo.
        images_with_several_masks: Photos whose stem two masks have.
        ambiguous_masks: Masks that share their stem with another mask.
    """

    pairs: list[tuple[Path, Path]]
    images_without_mask: list[Path]
    masks_without_image: list[Path]
    ambiguous_images: list[Path]
    images_with_several_masks: list[Path]
    ambiguous_masks: list[Path]


def pair_by_stem(images: Iterable[Path], masks: Iterable[Path]) -> Pairing:
    """Pair each photo with the one mask that has its stem.

    Args:
        images: Photo files of one folder.
        masks: Mask files of one folder.

    Returns:
        The pairs and everything that has none. A photo with several masks has none: nobody can say
        which is right.
    """
    images_of, masks_of = _by_stem(images), _by_stem(masks)
    unique_images = {stem: files[0] for stem, files in images_of.items() if len(files) == 1}
    unique_masks = {stem: files[0] for stem, files in masks_of.items() if len(files) == 1}
    return Pairing(
        pairs=[
            (image, unique_masks[stem])
            for stem, image in sorted(unique_images.items())
            if stem in unique_masks
        ],
        images_without_mask=_missing_in(unique_images, masks_of),
        masks_without_image=_missing_in(unique_masks, images_of),
        ambiguous_images=_repeated(images_of),
        images_with_several_masks=[
            image
            for stem, image in sorted(unique_images.items())
            if stem in masks_of and stem not in unique_masks
        ],
        ambiguous_masks=_repeated(masks_of),
    )


def _by_stem(files: Iterable[Path]) -> dict[str, list[Path]]:
    by_stem: dict[str, list[Path]] = {}
    for file in files:
        by_stem.setdefault(file.stem, []).append(file)
    return by_stem


def _missing_in(files: dict[str, Path], others: dict[str, list[Path]]) -> list[Path]:
    return [file for stem, file in sorted(files.items()) if stem not in others]


def _repeated(by_stem: dict[str, list[Path]]) -> list[Path]:
    return [
        file for _, files in sorted(by_stem.items()) if len(files) > 1 for file in sorted(files)
    ]
