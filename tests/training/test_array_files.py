"""Files of arrays: what was written comes back, or damage is told."""

import errno

import numpy as np
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.training.array_files import DamagedFileError, read_arrays, write_arrays

ARRAYS = {
    "model/0": np.arange(3, dtype=np.float32),
    "optimizer/0": np.int64(7) * np.ones((), np.int64),
    "progress": np.frombuffer(b"{}", dtype=np.uint8),
}


def _same(arrays):
    return arrays.keys() == ARRAYS.keys() and all(
        arrays[name].dtype == array.dtype and np.array_equal(arrays[name], array)
        for name, array in ARRAYS.items()
    )


def test_what_was_written_comes_back(tmp_path):
    write_arrays(tmp_path / "state.npz", ARRAYS)
    assert _same(read_arrays(tmp_path / "state.npz"))
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]


def test_every_flipped_byte_is_told(tmp_path):
    path = tmp_path / "state.npz"
    write_arrays(path, ARRAYS)
    content = path.read_bytes()
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 0x10
        path.write_bytes(changed)
        with pytest.raises(DamagedFileError, match=r"state\.npz"):
            read_arrays(path)


def test_every_cut_is_told(tmp_path):
    path = tmp_path / "state.npz"
    write_arrays(path, ARRAYS)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DamagedFileError, match=r"state\.npz"):
            read_arrays(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DamagedFileError, match="No such file"):
        read_arrays(tmp_path / "state.npz")


def test_the_file_before_is_kept_where_asked(tmp_path):
    path, before = tmp_path / "state.npz", tmp_path / "before.npz"
    write_arrays(path, {"a": np.zeros(1)}, keep_as=before)
    assert not before.exists()
    write_arrays(path, {"a": np.ones(1)}, keep_as=before)
    assert read_arrays(before)["a"] == 0
    assert read_arrays(path)["a"] == 1


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "state.npz"
    write_arrays(path, ARRAYS)

    class Unwritable:
        def __array__(self, dtype=None, copy=None):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match=r"Checkpoints must be writable.*disk full at"):
        write_arrays(path, {"a": Unwritable()}, keep_as=tmp_path / "before.npz")
    assert _same(read_arrays(path))
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]
