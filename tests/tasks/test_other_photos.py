"""Photos of other data sets: chosen, counted, and never those that the model learnt from."""

import logging
from pathlib import Path

import cv2
import pandas as pd
import pytest

from crack_pipeline.audit.near_copies import NearCopy
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.errors import ManifestError
from crack_pipeline.tasks.other_photos import (
    LeftOut,
    choose_crack_free,
    choose_other_photos,
    read_other_manifest,
)

AUDIT = AuditSettings()
COPY = NearCopy("there", "here", "as it is", 0.97)


@pytest.fixture
def own(line_manifest):
    return line_manifest


@pytest.fixture
def other(wall_manifest):
    return wall_manifest


def test_its_test_photos_alone_or_all(own, other):
    some = choose_other_photos(other, own, AUDIT, name="o", task="segmentation")
    every = choose_other_photos(other, own, AUDIT, name="o", task="segmentation", photos="all")
    assert (len(some.rows), len(every.rows)) == (6, 14)
    assert set(every.rows["split"]) == {"test"}


def test_files_that_the_model_learnt_from_are_left_out_and_counted(own, other):
    other.loc[0, "sha256"] = own.loc[own["split"] == "train", "sha256"].iloc[0]
    chosen = choose_other_photos(other, own, AUDIT, name="o", task="segmentation", photos="all")
    assert (len(chosen.rows), chosen.left_out.same_bytes) == (13, 1)
    assert chosen.left_out.near_copies == ()


@pytest.mark.parametrize("photos", ["test", "all"])
def test_near_copies_of_what_the_model_learnt_from_are_left_out_and_counted(own, other, photos):
    row = other.index[other["split"] == "test"][1]
    photo = cv2.imread(own["image_path"].iloc[1])
    cv2.imwrite(other.loc[row, "image_path"], photo[:, ::-1])
    every = choose_other_photos(
        other, own, AUDIT, name="o", task="classification", photos=photos, most=None
    )
    (copy,) = every.left_out.near_copies
    assert copy.test_id == other.loc[row, "image_id"]
    assert copy.test_id not in set(every.rows["image_id"])
    assert every.left_out.same_bytes == 0
    assert len(every.rows) == (5 if photos == "test" else 13)


def test_near_copies_alone_are_no_photos_to_measure(own, other):
    copied = other.assign(image_path=own["image_path"])
    with pytest.raises(ManifestError, match=r"0 of them files .* 4 near-copies"):
        choose_crack_free(copied[copied["split"] != "test"], own, AUDIT, name="o", most=99)


def test_own_photos_that_are_gone_are_warned_of(own, other, caplog):
    for path in own["image_path"]:
        Path(path).unlink()
    with caplog.at_level(logging.WARNING):
        chosen = choose_other_photos(other, own, AUDIT, name="o", task="classification")
    assert (chosen.left_out.own_photos, chosen.left_out.own_compared) == (8, 0)
    assert "o: near-copies not checked" in caplog.text


def test_a_limit_draws_the_same_photos_each_time(own, other):
    first, second = (
        choose_other_photos(
            other, own, AUDIT, name="o", task="classification", photos="all", most=5
        )
        for _ in range(2)
    )
    assert len(first.rows) == 5
    pd.testing.assert_frame_equal(first.rows, second.rows)


def test_photos_without_crack_need_no_mask(own, other):
    other = other.assign(mask_path=pd.NA)
    assert set(choose_crack_free(other, own, AUDIT, name="o", most=99).rows["label"]) == {0}
    with pytest.raises(ManifestError, match="mask_path"):
        choose_other_photos(other, own, AUDIT, name="o", task="segmentation")


def test_cracked_photos_alone_give_no_crack_free_ones(own, other):
    with pytest.raises(ManifestError, match="label 0"):
        choose_crack_free(other.assign(label=1), own, AUDIT, name="o", most=9)


def test_a_manifest_that_is_not_there_is_asked_for(tmp_path):
    with pytest.raises(ManifestError, match="does not exist"):
        read_other_manifest(tmp_path / "manifest.parquet")
    (tmp_path / "manifest.parquet").write_bytes(b"no table")
    with pytest.raises(ManifestError, match=r"manifest\.parquet"):
        read_other_manifest(tmp_path / "manifest.parquet")


@pytest.mark.parametrize(
    ("same_bytes", "n_near", "words"),
    [
        (0, 0, ""),
        (3, 5, "left out: 3 same bytes, 5 near-copies"),
        (0, 1, "left out: 0 same bytes, 1 near-copy"),
        (2, 0, "left out: 2 same bytes, 0 near-copies"),
    ],
)
def test_both_kinds_are_counted(same_bytes, n_near, words):
    assert LeftOut(same_bytes, (COPY,) * n_near).describe() == words


@pytest.mark.parametrize(
    ("own_photos", "own_compared", "words"),
    [
        (300, 300, ""),
        (300, 288, "near-copies not checked: 12 of 300 own photos"),
        (300, 0, "near-copies not checked"),
        (0, 0, "near-copies not checked"),
    ],
)
def test_what_was_not_compared_is_said(own_photos, own_compared, words):
    found = LeftOut(own_photos=own_photos, own_compared=own_compared)
    assert found.describe_unchecked() == words
