"""Lack of memory, told by name and message: each library has an error of its own for it."""

_NAMES = ("ResourceExhaustedError", "OutOfMemoryError", "MemoryError")
_PHRASES = (
    "resource_exhausted",  # XLA, under JAX and TensorFlow
    "oom when allocating",  # TensorFlow
    "dst tensor is not initialized",  # TensorFlow, where a tensor finds no room on the GPU
    "alloc_failed",  # cuDNN and cuBLAS
    "out of memory",  # CUDA, HIP, MPS and XLA
    "out_of_memory",  # names of CUDA's errors
    "failed to allocate",  # XLA, OpenCV
    "allocate memory",  # PyTorch on a processor of Linux: "can't allocate memory"
    "not enough memory",  # PyTorch on a processor of Windows
    "bad_alloc",  # C++
)
_ABOUT_DISKS = ("no space left on device", "quota exceeded")


def is_out_of_memory(error: BaseException) -> bool:
    """True where an error of TensorFlow, JAX, PyTorch, NumPy or OpenCV says that memory ran out.

    Args:
        error: Any error.

    Returns:
        Whether a smaller batch may help; False for a full disk, which TensorFlow calls an
        exhausted resource, too.
    """
    message = str(error).lower()
    if any(phrase in message for phrase in _ABOUT_DISKS):
        return False
    named = any(kind.__name__ in _NAMES for kind in type(error).__mro__)
    return named or any(phrase in message for phrase in _PHRASES)
