import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from scipy.io import savemat

from crack_pipeline.masks.matlab import MatlabFileError, find_variable

KINDS = [np.uint8, np.int16, np.uint32, np.int64, np.float32, np.float64]


def saved(content, **options):
    file = io.BytesIO()
    savemat(file, content, **options)
    return file.getvalue()


NESTED = saved(
    {"first": np.arange(3), "truth": {"regions": np.eye(3), "note": "a crack"}}, do_compression=True
)


@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: st_numpy.arrays(
            kind,
            st_numpy.array_shapes(min_dims=2, max_dims=3, max_side=7),
            elements=st.integers(0, 100),
        )
    ),
    st.booleans(),
)
def test_arrays_that_scipy_writes_are_read(values, compressed):
    array = find_variable(saved({"a": 1, "values": values}, do_compression=compressed), "values")
    np.testing.assert_array_equal(array.numbers(), values)


def test_structures_and_cells_are_read():
    truth = find_variable(NESTED, "truth")
    assert list(truth.fields()) == ["regions", "note"]
    np.testing.assert_array_equal(truth.fields()["regions"].numbers(), np.eye(3))
    assert truth.fields()["note"].numbers() is None
    assert truth.items() == []
    cell = np.empty((1, 2), object)
    cell[0, :] = [np.ones((2, 2)), {"b": 3}]
    items = find_variable(saved({"cell": cell}), "cell").items()
    assert [len(item.fields()) for item in items] == [0, 1]
    assert items[0].numbers().sum() == 4


def test_big_endian_files_are_read():
    matrix = b"".join(
        struct.pack(">II", kind, len(content)) + content + bytes(-len(content) % 8)
        for kind, content in (
            (6, struct.pack(">II", 9, 0)),
            (5, struct.pack(">ii", 1, 2)),
            (1, b"x"),
            (4, struct.pack(">HH", 7, 300)),
        )
    )
    data = b"MATLAB 5.0".ljust(124) + b"\x01\x00MI" + struct.pack(">II", 14, len(matrix)) + matrix
    assert find_variable(data, "x").numbers().tolist() == [[7, 300]]


def test_a_variable_that_is_not_there_is_none():
    assert find_variable(NESTED, "other") is None


def test_what_unpacks_to_far_too_much_is_refused():
    bomb = zlib.compress(bytes(300 * 2**20), 9)
    data = NESTED[:128] + struct.pack("<II", 15, len(bomb)) + bomb
    with pytest.raises(MatlabFileError, match="far too many"):
        find_variable(data, "truth")


def _read_all(data):
    truth = find_variable(data, "truth")
    for field in truth.fields().values() if truth else ():
        field.numbers()
        field.items()


@given(st.integers(0), st.binary(min_size=1, max_size=4), st.booleans())
def test_no_damage_does_harm(place, damage, compressed):
    data = bytearray(saved({"truth": {"regions": np.eye(3)}}, do_compression=compressed))
    start = place % len(data)
    data[start : start + len(damage)] = damage
    with contextlib.suppress(MatlabFileError):
        _read_all(bytes(data))
