"""What ``/proc/cpuinfo`` says of bfloat16, and what ``auto`` makes of it."""

import logging

import pytest

from crack_pipeline.training import precision
from crack_pipeline.training.bfloat16 import multiplies_bfloat16, processor_multiplies_bfloat16
from crack_pipeline.training.precision import settle_precision
from crack_pipeline.training.recipe import TrainingRecipe

SAPPHIRE_RAPIDS = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16 amx_tile\n"
ZEN_2 = "processor\t: 0\nflags\t\t: fpu fma avx avx2\nbugs\t\t: amx_bf16\n"


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        (SAPPHIRE_RAPIDS, True),
        ("flags : avx512f avx512_bf16", True),
        (ZEN_2, False),
        ("flags : avx512f avx512_bf16_of_another_kind", False),
        ("Features : fp asimd bf16", False),
        ("", False),
    ],
)
def test_a_processor_is_read_by_its_flags(cpuinfo, expected):
    assert processor_multiplies_bfloat16(cpuinfo) is expected


def test_auto_is_settled_for_the_device_in_use():
    settled = settle_precision("segmentation", TrainingRecipe(precision="auto"))
    assert settled.precision == ("mixed_bfloat16" if multiplies_bfloat16() else "float32")
    assert settled == TrainingRecipe(precision=settled.precision)


@pytest.mark.parametrize("able", [True, False])
def test_a_named_precision_stays_and_imitation_is_told(able, monkeypatch, caplog):
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: able)
    caplog.set_level(logging.WARNING, "crack_pipeline")
    recipe = TrainingRecipe(precision="mixed_bfloat16")
    assert settle_precision("segmentation", recipe) is recipe
    told = "training.segmentation.precision=mixed_bfloat16" in caplog.text
    assert told is not able
    caplog.clear()
    assert settle_precision("classification", TrainingRecipe()).precision == "float32"
    assert not caplog.records
