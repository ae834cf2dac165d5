import math

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from crack_pipeline.tracking.flattening import (
    LONGEST_VALUE,
    clean_name,
    finite_metrics,
    flatten,
    shorten,
)


class Inner(BaseModel):
    rate: float = 0.1
    sizes: tuple[int, int] = (1, 2)


class Outer(BaseModel):
    inner: Inner = Inner()
    name: str | None = None


def test_models_and_mappings_become_dotted_names() -> None:
    flat = flatten({"training": Outer(), "task": "segmentation", "free": {"a": {}}})
    assert dict(flat) == {
        "training.inner.rate": 0.1,
        "training.inner.sizes": [1, 2],
        "training.name": None,
        "task": "segmentation",
        "free.a": {},
    }


def test_model_inside_a_mapping_is_flattened() -> None:
    assert dict(flatten({"a": {"b": Inner()}}))["a.b.rate"] == 0.1


@given(st.text(min_size=LONGEST_VALUE - 3, max_size=LONGEST_VALUE + 50))
def test_long_values_are_cut_with_a_note(text: str) -> None:
    value = shorten(text)
    assert len(value) <= LONGEST_VALUE
    assert (value == text) == (len(text) <= LONGEST_VALUE)
    assert value == text or value.endswith("(cut)")


def test_only_finite_numbers_are_metrics() -> None:
    values = {"a": 1, "b": 0.5, "c": None, "d": math.nan, "e": math.inf, "f": True, "g": "1"}
    assert finite_metrics(values) == {"a": 1.0, "b": 0.5}


def test_names_are_made_acceptable() -> None:
    assert clean_name("f1@2px (pooled)") == "f1_2px _pooled_"
