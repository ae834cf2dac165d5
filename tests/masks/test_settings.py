import pytest
from pydantic import ValidationError

from crack_pipeline.masks.settings import RepairSettings


@pytest.mark.parametrize(
    "values",
    [
        {"halo_threshold": 0},
        {"halo_threshold": 256},
        {"polarity": "off"},
        {"polarity": False},  # what YAML makes of a bare `off`
        {"resize": "report"},
        {"max_resize_factor": 0.5},
        {"min_inverted_share": 0.4},
        {"min_contrast": 0.0},
        {"max_speck_share": 0.5},
        {"treshold": 128},
    ],
)
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        RepairSettings(**values)
