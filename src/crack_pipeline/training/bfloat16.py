"""Whether the device that trains multiplies bfloat16 itself, or would have to imitate it."""

from pathlib import Path

from crack_pipeline.training.backend import backend_name, device_name

_CPUINFO = Path("/proc/cpuinfo")
_PROCESSOR_FLAGS = frozenset({"amx_bf16", "avx512_bf16"})
_FIRST_CAPABILITY = 8.0
"""Compute capability of NVIDIA's Ampere, the first with matrix units for bfloat16."""


def multiplies_bfloat16() -> bool:
    """Whether training in bfloat16 saves time on the device in use.

    Where it is imitated, a step takes several times as long as in float32, see
    docs/decisions/0018_precision_by_the_device.md. Processors are believed on TensorFlow alone,
    where it was measured.

    Returns:
        True for a TPU, a GPU with such matrix units, and on TensorFlow for a processor with AMX or
        AVX-512 instructions for it.
    """
    kind = device_name()
    if kind == "cpu":
        return backend_name() == "tensorflow" and processor_multiplies_bfloat16(_read_cpuinfo())
    return kind == "tpu" or (kind == "gpu" and _gpu_multiplies_bfloat16())


def processor_multiplies_bfloat16(cpuinfo: str) -> bool:
    """Whether ``/proc/cpuinfo`` of Linux names instructions that multiply bfloat16.

    Args:
        cpuinfo: Its text; empty where a system has none.
    """
    flags = {
        flag
        for line in cpuinfo.splitlines()
        if line.startswith("flags")
        for flag in line.partition(":")[2].split()
    }
    return not flags.isdisjoint(_PROCESSOR_FLAGS)


def _read_cpuinfo() -> str:
    try:
        return _CPUINFO.read_text()
    except OSError:  # no Linux
        return ""


def _gpu_multiplies_bfloat16() -> bool:
    backend = backend_name()
    if backend == "torch":
        import torch  # only here: other backends train where it is missing

        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if backend == "jax":
        import jax

        # "9.0" of NVIDIA; AMD's names are none
        capability = str(getattr(jax.devices()[0], "compute_capability", ""))
        return capability.replace(".", "").isdigit() and float(capability) >= _FIRST_CAPABILITY
    import tensorflow as tf

    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[0])
    major, minor = details.get("compute_capability", (0, 0))
    return float(f"{major}.{minor}") >= _FIRST_CAPABILITY
