from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import LayoutError, ParameterError, SourceError, StorageError
from crack_pipeline.pipelines.ingest.nodes import (
    check_images,
    fetch_source,
    list_images,
)
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.project_paths import in_project

SAMPLE = {"n_photos": 4, "width_px": 96, "height_px": 96}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project's folder, with the command run in a folder inside it."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kedro]\npackage_name = "p"\nproject_name = "p"\nkedro_init_version = "1.7.0"\n'
    )
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


def make_params(**values) -> IngestionParams:
    paths = {
        "raw_path": "data/01_raw/x",
        "checks_path": "data/02_intermediate/x/checks",
        "primary_path": "data/03_primary/x",
    }
    return IngestionParams(**{**paths, "sample": SAMPLE, "parallel": {"n_jobs": 1}, **values})


def test_the_sample_is_drawn_into_the_project_from_any_folder_in_it(project):
    assert Path(fetch_source(make_params())) == project / "data/01_raw/x"
    assert in_project(Path("data")) == project / "data"


def test_a_given_path_is_relative_to_where_the_command_is_run(project):
    (project / "notebooks" / "photos").mkdir()
    folder = fetch_source(make_params(source="class_folders", path="photos"))
    assert Path(folder) == project / "notebooks" / "photos"


def test_unknown_sources_and_missing_folders_are_clear_errors(project):
    with pytest.raises(ParameterError, match="Did you mean class_folders"):
        fetch_source(make_params(source="clas_folders"))
    with pytest.raises(SourceError, match="does not exist"):
        fetch_source(make_params(source="class_folders", path="nowhere"))


def test_findings_are_kept_in_the_project(project):
    params = make_params()
    check_images(list_images(fetch_source(params), params), params)
    assert (project / params.checks_path / "finished.json").is_file()


def test_no_write_permission_is_a_clear_error(project):
    params = make_params(checks_path="file/checks")
    (project / "file").touch()
    with pytest.raises(StorageError, match="write permission"):
        check_images(list_images(fetch_source(params), params), params)


def test_the_sample_is_not_drawn_into_a_folder_of_photos(project):
    with pytest.raises(ParameterError, match=r"draws its own.*--env"):
        fetch_source(make_params(path="photos"))
    assert not (project / "notebooks" / "photos").exists()


@pytest.fixture
def pairs_with_a_missing_mask(project) -> Path:
    folder = project / "pairs"
    for split in ("train", "test"):
        for kind in ("img", "lab"):
            (folder / f"{split}_{kind}").mkdir(parents=True)
        for stem in ("a", "b"):
            cv2.imwrite(
                str(folder / f"{split}_img" / f"{stem}.jpg"), np.full((64, 64), 90, np.uint8)
            )
        cv2.imwrite(str(folder / f"{split}_lab" / "a.png"), np.zeros((64, 64), np.uint8))
    (folder / "test_img" / "b.jpg").unlink()
    return folder


def test_an_image_without_its_mask_ends_the_run(pairs_with_a_missing_mask):
    params = make_params(source="paired_folders", path=pairs_with_a_missing_mask)
    with pytest.raises(LayoutError, match=r"image without mask.*train/b.*ingestion\.ignore"):
        list_images(fetch_source(params), params)


@pytest.mark.parametrize(
    ("choice", "usable"), [({"ignore": ["train/b"]}, 2), ({"unpaired": "set_aside"}, 3)]
)
def test_unpaired_images_can_be_ignored_or_set_aside(pairs_with_a_missing_mask, choice, usable):
    params = make_params(source="paired_folders", path=pairs_with_a_missing_mask, **choice)
    assert len(list_images(fetch_source(params), params).read_table()) == usable
