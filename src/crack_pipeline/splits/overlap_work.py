"""Work of the processes in an overlap search: describing photos and comparing pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.codec_messages import hear_codecs
from crack_pipeline.images.reading import LARGEST_MEGAPIXELS, decode_lightness, read_bytes
from crack_pipeline.splits.keypoints import Keypoints, find_keypoints
from crack_pipeline.splits.overlap_votes import Candidate
from crack_pipeline.splits.shared_part import (
    Details,
    SharedPart,
    compare_scaled,
    compare_shared,
    even_out,
)
from crack_pipeline.types import GreyImage

# Pairs come by rising first photo, and relatives often stand near each other.
_PHOTOS_KEPT_OPEN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """The points of one view of a photo.

    Attributes:
        points: Where they are and how they look.
        size_px: Width and height of the view.
    """

    points: Keypoints
    size_px: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two views that may overlap, with what is needed to open them.

    Attributes:
        candidate: How they may overlap.
        first: File of the first view.
        first_scale: Its size as a share of the photo's.
        second: File of the second view.
        second_scale: Its size as a share of the photo's.
    """

    candidate: Candidate
    first: str
    first_scale: float
    second: str
    second_scale: float


def describe_files(
    paths: Sequence[str], *, scales: Sequence[float], most: int
) -> list[list[Described]]:
    """Find the points of several photos.

    Args:
        paths: Files.
        scales: Sizes of the views, as shares of the photo's.
        most: Largest number of points of a view.

    Returns:
        For each photo its views, in the order of the scales.
    """
    with hear_codecs():  # ingestion already reported what they say
        photos = map(_read_grey, paths)
        return [[_describe(_scale(photo, scale), most) for scale in scales] for photo in photos]


def compare_files(comparisons: Sequence[Comparison]) -> list[SharedPart | None]:
    """Correlate what pairs of views would share.

    Args:
        comparisons: The pairs.

    Returns:
        For each pair how well it fits; None where its points contradict each other.
    """
    read = lru_cache(maxsize=_PHOTOS_KEPT_OPEN)(_read_grey)

    @lru_cache(maxsize=_PHOTOS_KEPT_OPEN)
    def details_of(path: str) -> Details:
        return even_out(read(path))

    def compare(pair: Comparison) -> SharedPart | None:
        candidate = pair.candidate
        if min(pair.first_scale, pair.second_scale) < 1:
            first = _scale(read(pair.first), pair.first_scale)
            second = _scale(read(pair.second), pair.second_scale)
            return compare_scaled(first, second, candidate.places)
        return compare_shared(
            details_of(pair.first),
            details_of(pair.second),
            symmetry=candidate.symmetry,
            dx_px=candidate.dx_px,
            dy_px=candidate.dy_px,
        )

    with hear_codecs():
        return [compare(pair) for pair in comparisons]


def _read_grey(path: str) -> GreyImage:
    try:
        return decode_lightness(read_bytes(Path(path)), max_megapixels=LARGEST_MEGAPIXELS).pixels
    except ImageReadError as error:
        raise ImageReadError(
            error.rule, received=f"{path}: {error.received}", remedy=error.remedy
        ) from error


def _scale(photo: GreyImage, scale: float) -> GreyImage:
    if scale == 1:
        return photo
    width_px, height_px = (max(1, round(length * scale)) for length in photo.shape[::-1])
    shrunk = cv2.resize(photo, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, dtype=np.uint8)


def _describe(view: GreyImage, most: int) -> Described:
    height_px, width_px = view.shape
    return Described(find_keypoints(view, most=most), (width_px, height_px))
