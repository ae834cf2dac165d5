import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from crack_pipeline.ingestion.fan_out import check_in_parallel
from crack_pipeline.ingestion.settings import ParallelSettings


@pytest.fixture
def paths(tmp_path, draw_surface):
    for number in range(130):
        Image.fromarray(draw_surface(number, width_px=48, height_px=32)).save(
            tmp_path / f"{number:03d}.jpg"
        )
    (tmp_path / "077.jpg").write_bytes(b"")
    return [(str(path), None) for path in sorted(tmp_path.iterdir())]


def test_workers_find_what_one_process_finds(paths):
    alone = check_in_parallel(paths, max_megapixels=500, parallel=ParallelSettings())
    spread = check_in_parallel(
        paths, max_megapixels=500, parallel=ParallelSettings(n_jobs=2, min_files=0)
    )
    assert alone[0] == spread[0]
    np.testing.assert_array_equal(alone[1], spread[1])
    assert [number for number, check in enumerate(alone[0]) if check.reason] == [77]


def test_few_files_start_no_workers(paths, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("workers were started")

    monkeypatch.setattr("joblib.Parallel", refuse)
    checks, _ = check_in_parallel(paths[:3], max_megapixels=500, parallel=ParallelSettings())
    assert len(checks) == 3


@pytest.mark.parametrize("values", [{"n_jobs": 0}, {"n_jobs": -2}, {"min_files": -1}, {"jobs": 2}])
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        ParallelSettings(**values)
