"""Settings as they stand in parameter files."""

import pytest
from pydantic import ValidationError

from crack_pipeline.downloads import DownloadSettings


def test_from_is_read_under_its_own_name() -> None:
    settings = DownloadSettings.model_validate({"from": "kaggle", "max_unpacked_gb": 2.5})
    assert settings.from_ == "kaggle"
    assert settings.limits.max_bytes == 2_500_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "ftp"},
        {"retries": -1},
        {"timeout_s": 0},
        {"max_unpacked_gb": 0},
        {"max_members": 0},
        {"max_compression_ratio": 1},
        {"retrys": 3},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DownloadSettings.model_validate(wrong)
