"""Read numbers out of MATLAB files of version 5 to 7, safely.

``scipy.io.loadmat`` (1.17) ends the whole process with a segmentation fault on some damaged files.
Here every length is checked against what is there before it is used, and only what masks need is
read: structures, cells and arrays of real numbers.

Source:
    The MathWorks, MAT-File Format, sections "MAT-File Level 5", 1-5 to 1-31,
    https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ByteOrder = Literal["<", ">"]

_HEADER_BYTES = 128
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HDF5_PLACES = (0, 512)  # MATLAB puts 512 bytes of its own in front
_BYTE_ORDERS: dict[bytes, ByteOrder] = {b"IM": "<", b"MI": ">"}
_NUMBER_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"} | {
    12: "i8",
    13: "u8",
}
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCTURE = 1, 2
_NUMBERS = range(6, 16)
_COMPLEX = 0x0800
_MOST_UNPACKED_BYTES = 256 * 2**20
_MOST_CHILDREN = 10_000


class MatlabFileError(ValueError):
    """A file is damaged or of another kind; the message is the kind of fault and its details."""


@dataclass(frozen=True, slots=True)
class MatlabArray:
    """One array of a file, whose content is read when it is asked for.

    Attributes:
        name: Of the variable; empty within others.
        kind: MATLAB's number of its class.
        shape: Rows, columns, ….
        is_complex: Whether it has imaginary parts.
        content: Elements after the name.
        order: Byte order.
    """

    name: str
    kind: int
    shape: tuple[int, ...]
    is_complex: bool
    content: memoryview
    order: ByteOrder

    def items(self) -> list["MatlabArray"]:
        """Elements of a cell array; none for other classes.

        Raises:
            MatlabFileError: If they are damaged.
        """
        return self._children(self.content, 1) if self.kind == _CELL else []

    def fields(self) -> dict[str, "MatlabArray"]:
        """Fields of a structure by name; none for other classes and for arrays of structures.

        Raises:
            MatlabFileError: If they are damaged.
        """
        if self.kind != _STRUCTURE or math.prod(self.shape) != 1:
            return {}
        elements = _elements(self.content, self.order)
        length = int(_read_numbers(*_next(elements), self.order)[0])
        packed = bytes(_next(elements)[1])
        if not 0 < length <= len(packed) or len(packed) % length:
            raise MatlabFileError("damaged MATLAB file: names of fields")
        names = [
            packed[start : start + length].split(b"\0")[0].decode("latin-1")
            for start in range(0, len(packed), length)
        ]
        rest = self.content[_end_of(self.content, self.order, 2) :]
        return dict(zip(names, self._children(rest, len(names)), strict=True))

    def numbers(self) -> NDArray[Any] | None:
        """The values of an array of real numbers; None for other classes.

        Raises:
            MatlabFileError: If there are more or fewer than its shape says.
        """
        if self.kind not in _NUMBERS or self.is_complex:
            return None
        values = _read_numbers(*_next(_elements(self.content, self.order)), self.order)
        if values.size != math.prod(self.shape):
            raise MatlabFileError("damaged MATLAB file: fewer values than its shape says")
        return values.reshape(self.shape, order="F")

    def _children(self, content: memoryview, n_each: int) -> list["MatlabArray"]:
        count = math.prod(self.shape) * n_each
        if count > _MOST_CHILDREN:
            raise MatlabFileError(f"damaged MATLAB file: {count} arrays within one")
        elements = _elements(content, self.order)
        return [_open_array(*_next(elements), self.order) for _ in range(count)]


def find_variable(data: bytes, name: str) -> MatlabArray | None:
    """Find a variable of a file.

    Args:
        data: The file's bytes.
        name: Of the variable.

    Returns:
        The array; None if the file is whole so far and has no such variable.

    Raises:
        MatlabFileError: If the file is empty, damaged, of version 7.3, or no such file.
    """
    if not data:
        raise MatlabFileError("empty MATLAB file")
    if any(data[place:].startswith(_HDF5_SIGNATURE) for place in _HDF5_PLACES):
        raise MatlabFileError("MATLAB file of version 7.3: save it with -v7")
    order = _BYTE_ORDERS.get(data[_HEADER_BYTES - 2 : _HEADER_BYTES])
    if order is None:
        raise MatlabFileError("damaged MATLAB file: no header of version 5 to 7")
    for kind, content in _elements(memoryview(data)[_HEADER_BYTES:], order):
        if kind == _COMPRESSED:
            kind, content = _next(_elements(_unpack(content), order))
        if kind == _MATRIX:
            array = _open_array(kind, content, order)
            if array.name == name:
                return array
    return None


def _unpack(content: memoryview) -> memoryview:
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(content, _MOST_UNPACKED_BYTES)
    except zlib.error as error:
        raise MatlabFileError("damaged MATLAB file: compressed data") from error
    if not unpacker.eof:
        raise MatlabFileError("damaged MATLAB file: compressed data cut off, or far too many")
    return memoryview(unpacked)


def _elements(content: memoryview, order: ByteOrder) -> Iterator[tuple[int, memoryview]]:
    """Type and bytes of each element."""
    place = 0
    while place < len(content):
        kind, start, stop, place = _locate(content, order, place)
        yield kind, content[start:stop]


def _locate(content: memoryview, order: ByteOrder, place: int) -> tuple[int, int, int, int]:
    """Type, start and stop of the element at a place, and the place of the next one."""
    if place + 8 > len(content):
        raise MatlabFileError("damaged MATLAB file: cut off")
    kind, size = struct.unpack_from(f"{order}II", content, place)
    if kind >> 16:  # up to four bytes stand in the tag itself
        kind, size = kind & 0xFFFF, kind >> 16
        start, following = place + 4, place + 8
        is_whole = size <= 4
    else:
        start = place + 8
        following = start + (size if kind == _COMPRESSED else -(-size // 8) * 8)
        is_whole = start + size <= len(content)
    if not is_whole:
        raise MatlabFileError("damaged MATLAB file: cut off")
    return kind, start, start + size, following


def _end_of(content: memoryview, order: ByteOrder, n_elements: int) -> int:
    place = 0
    for _ in range(n_elements):
        place = _locate(content, order, place)[3]
    return place


def _next(elements: Iterator[tuple[int, memoryview]]) -> tuple[int, memoryview]:
    try:
        return next(elements)
    except StopIteration as error:
        raise MatlabFileError("damaged MATLAB file: cut off") from error


def _open_array(kind: int, content: memoryview, order: ByteOrder) -> MatlabArray:
    if kind != _MATRIX:
        raise MatlabFileError("damaged MATLAB file: no array where one should be")
    if not len(content):  # an empty array
        return MatlabArray("", _NUMBERS[0], (0, 0), is_complex=False, content=content, order=order)
    elements = _elements(content, order)
    flags = _read_numbers(*_next(elements), order)
    shape = _read_numbers(*_next(elements), order)
    name = bytes(_next(elements)[1]).decode("latin-1")
    if flags.dtype.kind not in "iu" or flags.size != 2 or shape.dtype.kind not in "iu":
        raise MatlabFileError("damaged MATLAB file: header of an array")
    sides = tuple(int(side) for side in shape)
    if len(sides) < 2 or min(sides) < 0:
        raise MatlabFileError("damaged MATLAB file: shape of an array")
    return MatlabArray(
        name=name,
        kind=int(flags[0]) & 0xFF,
        shape=sides,
        is_complex=bool(int(flags[0]) & _COMPLEX),
        content=content[_end_of(content, order, 3) :],
        order=order,
    )


def _read_numbers(kind: int, content: memoryview, order: ByteOrder) -> NDArray[Any]:
    dtype = np.dtype(f"{order}{_NUMBER_TYPES.get(kind, 'V1')}")
    if dtype.kind == "V" or len(content) % dtype.itemsize or not len(content):
        raise MatlabFileError("damaged MATLAB file: numbers")
    return np.frombuffer(content, dtype)
