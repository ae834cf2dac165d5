"""Sums of one photo or of many: dataclasses whose fields are arrays, with photos on axis 0.

What is measured on one photo has fields of shape (…); N photos have (N, …); what is added up over
all photos has (…) again, so rates are taken of either in the same way.
"""

from collections.abc import Callable, Iterator, Sequence
from types import EllipsisType
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError

Index: TypeAlias = (
    int | NDArray[np.bool_] | NDArray[np.int64] | tuple[slice | int | EllipsisType, ...]
)


class Additive:
    """Base of dataclasses of arrays that add up over photos.

    A field may be such a dataclass itself, or None where it was not measured.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Crack(Additive):
    ...     length_px: NDArray[np.float64]
    >>> photos = Crack.stack([Crack(np.array(length)) for length in (3.0, 0.0, 4.0)])
    >>> photos.pooled()
    Crack(length_px=np.float64(7.0))
    >>> photos.grouped(["bridge", "road", "bridge"])
    Crack(length_px=array([7., 0.]))
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @classmethod
    def stack(cls, photos: Sequence[Self]) -> Self:
        """Put N ≥ 1 photos on a new first axis, (N, …).

        Raises:
            ShapeError: If there is no photo.
        """
        return cls._join(photos, np.stack)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Put the photos of several sums, (N_i, …), one after another."""
        return cls._join(parts, np.concatenate)

    def pooled(self) -> Self:
        """Sums over the first axis: all photos as if they were one."""
        return self.change(lambda array: array.sum(axis=0))

    def at(self, index: Index) -> Self:
        """Elements at an index: chosen photos, or ``(..., k)`` for place k of the last axis."""
        return self.change(lambda array: np.asarray(array[index]))

    def grouped(self, groups: Sequence[str]) -> Self:
        """Sums over the photos of each group, (G, …), groups in the order of their names."""
        names, place = np.unique(np.asarray(groups, str), return_inverse=True)

        def add_up(array: NDArray[Any]) -> NDArray[Any]:
            sums = np.zeros((len(names), *array.shape[1:]), array.dtype)
            np.add.at(sums, place, array)
            return sums

        return self.change(add_up)

    def columns(self) -> NDArray[np.float64]:
        """(N, K) all numbers of each photo side by side, as a bootstrap adds them up."""
        arrays = list(self._arrays())
        flat = [array.reshape(len(array), -1) for array in arrays]
        return np.concatenate(flat, axis=1).astype(np.float64)

    def from_columns(self, columns: NDArray[np.float64]) -> Self:
        """Undo ``columns``.

        Args:
            columns: (D, K) sums over photos like these.

        Returns:
            Sums of shape (D, …).
        """
        shapes = [array.shape[1:] for array in self._arrays()]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        pieces = iter(np.split(columns, ends[:-1], axis=1))
        return self.change(lambda array: next(pieces).reshape(len(columns), *array.shape[1:]))

    def change(self, function: Callable[[NDArray[Any]], Any]) -> Self:
        """The same kind, with a function applied to each array."""
        return type(self)(*(_change(getattr(self, name), function) for name in self.names()))

    @classmethod
    def _join(cls, sums: Sequence[Self], join: Callable[[list[NDArray[Any]]], Any]) -> Self:
        if not sums:
            raise ShapeError(
                "Measured photos can be stacked where there is at least one.",
                received="0 photos",
                remedy="Evaluate a split that holds photos.",
            )
        rows = [list(one._arrays()) for one in sums]
        joined = iter([join(list(column)) for column in zip(*rows, strict=True)])
        return sums[0].change(lambda _: next(joined))

    def _arrays(self) -> Iterator[NDArray[Any]]:
        for name in self.names():
            value = getattr(self, name)
            if isinstance(value, Additive):
                yield from value._arrays()
            elif value is not None:
                yield value

    @classmethod
    def names(cls) -> list[str]:
        """Names of the fields, in their order."""
        return list(cls.__dataclass_fields__)


def _change(value: Any, function: Callable[[NDArray[Any]], Any]) -> Any:
    if isinstance(value, Additive):
        return value.change(function)
    return None if value is None else function(value)
