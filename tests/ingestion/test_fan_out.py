import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from crack_pipeline.ingestion.checking import CheckSettings, FilesToCheck
from crack_pipeline.ingestion.fan_out import ParallelSettings, check_in_parallel

SETTINGS = CheckSettings(500)


@pytest.fixture
def files(tmp_path, draw_surface):
    for number in range(130):
        Image.fromarray(draw_surface(number, width_px=48, height_px=32)).save(
            tmp_path / f"{number:03d}.jpg"
        )
    (tmp_path / "077.jpg").write_bytes(b"")
    return [FilesToCheck(str(path), None) for path in sorted(tmp_path.iterdir())]


def check(files, parallel):
    batches = list(check_in_parallel(files, SETTINGS, parallel))
    checks = [check for some, _ in batches for check in some]
    return checks, np.concatenate([thumbnails for _, thumbnails in batches])


def test_workers_find_what_one_process_finds(files):
    alone = check(files, ParallelSettings())
    spread = check(files, ParallelSettings(n_jobs=2, min_files=0))
    assert alone[0] == spread[0]
    np.testing.assert_array_equal(alone[1], spread[1])
    assert [number for number, found in enumerate(alone[0]) if found.reason] == [77]


def test_few_files_start_no_workers(files, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("workers were started")

    monkeypatch.setattr("joblib.Parallel", refuse)
    assert len(check(files[:3], ParallelSettings())[0]) == 3


@pytest.mark.parametrize(
    "values",
    [{"n_jobs": 0}, {"n_jobs": -2}, {"min_files": -1}, {"jobs": 2}, {"backend": "threads"}],
)
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        ParallelSettings(**values)
