"""Photos of other data sets: chosen, counted, and never those that the model learnt from."""

import pandas as pd
import pytest

from crack_pipeline.errors import ManifestError
from crack_pipeline.tasks.other_manifest import (
    choose_crack_free,
    choose_other_photos,
    read_other_manifest,
)


@pytest.fixture
def own(line_manifest):
    return line_manifest.assign(sha256=[f"own{i}" for i in range(len(line_manifest))])


@pytest.fixture
def other(line_manifest):
    return line_manifest.assign(sha256=[f"other{i}" for i in range(len(line_manifest))])


def test_its_test_photos_alone_or_all(own, other):
    some = choose_other_photos(other, own, name="o", task="segmentation")
    every = choose_other_photos(other, own, name="o", task="segmentation", photos="all")
    assert (len(some.rows), len(every.rows)) == (6, 14)
    assert set(every.rows["split"]) == {"test"}


def test_files_that_the_model_learnt_from_are_left_out_and_counted(own, other):
    other.loc[0, "sha256"] = own.loc[own["split"] == "train", "sha256"].iloc[0]
    chosen = choose_other_photos(other, own, name="o", task="segmentation", photos="all")
    assert (len(chosen.rows), chosen.learnt_from) == (13, 1)


def test_a_limit_draws_the_same_photos_each_time(own, other):
    first, second = (
        choose_other_photos(other, own, name="o", task="classification", photos="all", most=5)
        for _ in range(2)
    )
    assert len(first.rows) == 5
    pd.testing.assert_frame_equal(first.rows, second.rows)


def test_photos_without_crack_need_no_mask(own, other):
    other = other.assign(mask_path=pd.NA)
    assert set(choose_crack_free(other, own, name="o", most=99).rows["label"]) == {0}
    with pytest.raises(ManifestError, match="mask_path"):
        choose_other_photos(other, own, name="o", task="segmentation")


def test_cracked_photos_alone_give_no_crack_free_ones(own, other):
    with pytest.raises(ManifestError, match="label 0"):
        choose_crack_free(other.assign(label=1), own, name="o", most=9)


def test_a_manifest_that_is_not_there_is_asked_for(tmp_path):
    with pytest.raises(ManifestError, match="does not exist"):
        read_other_manifest(tmp_path / "manifest.parquet")
    (tmp_path / "manifest.parquet").write_bytes(b"no table")
    with pytest.raises(ManifestError, match=r"manifest\.parquet"):
        read_other_manifest(tmp_path / "manifest.parquet")
