"""Sums of one photo or of many: dataclasses whose fields are all arrays, with photos on axis 0.

What is measured on one photo has fields of shape (…); N photos have (N, …); what is added up over
all photos has (…) again, so rates are taken of either in the same way.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Sums = TypeVar("Sums", bound="DataclassInstance")


def stack_photos(photos: Sequence[Sums]) -> Sums:
    """Put photos on a new first axis.

    Args:
        photos: One of N photos each, N ≥ 1.

    Returns:
        The same kind, of shape (N, …).

    Raises:
        ShapeError: If there is no photo.
    """
    if not photos:
        raise ShapeError(
            "Measured photos can be stacked where there is at least one.",
            received="0 photos",
            remedy="Evaluate a split that holds photos.",
        )
    kind = type(photos[0])
    return kind(*(np.stack([getattr(one, f.name) for one in photos]) for f in fields(kind)))


def pool_photos(photos: Sums) -> Sums:
    """Sums over the first axis: all photos as if they were one.

    Args:
        photos: Of shape (N, …).

    Returns:
        The same kind, of shape (…).
    """
    return type(photos)(*(getattr(photos, f.name).sum(axis=0) for f in fields(photos)))


def select_photos(photos: Sums, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Sums:
    """Some of the photos, for instance those of one stratum.

    Args:
        photos: Of shape (N, …).
        chosen: (N,) bool, or places of the photos.

    Returns:
        The same kind, of shape (M, …).
    """
    return type(photos)(*(getattr(photos, f.name)[chosen] for f in fields(photos)))


def group_photos(photos: Sums, groups: Sequence[str]) -> Sums:
    """Sums over the photos of each group: what a bootstrap draws.

    Args:
        photos: Of shape (N, …).
        groups: Name of each photo's group, N.

    Returns:
        The same kind, of shape (G, …), groups in the order of their names.
    """
    names, position = np.unique(np.asarray(groups, str), return_inverse=True)

    def add_up(values: NDArray[np.generic]) -> NDArray[np.generic]:
        sums = np.zeros((len(names), *values.shape[1:]), values.dtype)
        np.add.at(sums, position, values)
        return sums

    return type(photos)(*(add_up(getattr(photos, f.name)) for f in fields(photos)))
