"""Errors of lacking memory, by the words of the libraries that raise them."""

import numpy as np
import pytest

from crack_pipeline.memory import is_out_of_memory


class OutOfMemoryError(RuntimeError):
    """As torch's."""


class JaxRuntimeError(RuntimeError):
    """As JAX's."""


class InternalError(Exception):
    """As TensorFlow's."""


class ResourceExhaustedError(Exception):
    """As TensorFlow's."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ResourceExhaustedError("OOM when allocating tensor with shape[1,32,368,368,368]"),
        InternalError("Dst tensor is not initialized."),
        InternalError("Failed to allocate 32.00M: CUDA_ERROR_OUT_OF_MEMORY"),
        InternalError("No algorithm worked! UNKNOWN: CUDNN_STATUS_ALLOC_FAILED"),
        JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 17179869184 bytes"),
        JaxRuntimeError("Resource exhausted: Failed to allocate request for 32.00MiB"),
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("MPS backend out of memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't allocate "
            "memory: you tried to allocate 132426121216 bytes. Error code 12 (Cannot allocate "
            "memory)"
        ),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
        RuntimeError("std::bad_alloc"),
    ],
    ids=str,
)
def test_lacking_memory_is_recognised(error):
    assert is_out_of_memory(error)


def test_the_error_of_an_array_that_is_too_large_is_recognised():
    with pytest.raises(MemoryError) as raised:
        np.empty(2**52)
    assert is_out_of_memory(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("shape"),
        RuntimeError("INVALID_ARGUMENT"),
        ResourceExhaustedError("logs/events.out; No space left on device"),
        OSError(122, "Disk quota exceeded"),
    ],
    ids=str,
)
def test_other_errors_are_not(error):
    assert not is_out_of_memory(error)
