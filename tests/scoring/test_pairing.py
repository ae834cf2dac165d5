"""Predictions find their masks by stem; nothing is left out in silence."""

from pathlib import Path

import pytest

from crack_pipeline.errors import SourceError
from crack_pipeline.scoring.pairing import pair_folders


def _write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def test_pairs_are_found_by_stem(tmp_path):
    predictions = _write(tmp_path / "p", "b.npy", "a.png", "notes.txt")
    masks = _write(tmp_path / "m", "a.jpg", "b_mask.png")
    pairing = pair_folders(predictions, masks)
    assert [(p.name, p.mask.name) for p in pairing.pairs] == [("a", "a.jpg"), ("b", "b_mask.png")]
    assert pairing.without_mask == pairing.without_prediction == []


def test_missing_partners_are_refused_by_name(tmp_path):
    predictions = _write(tmp_path / "p", "a.png", "b.png")
    masks = _write(tmp_path / "m", "a.png", "c.png")
    with pytest.raises(SourceError, match=r"1 prediction \(b.png\) .* 1 mask \(c.png\)"):
        pair_folders(predictions, masks)


def test_missing_partners_are_reported_where_they_are_skipped(tmp_path):
    predictions = _write(tmp_path / "p", "a.png", "b.png")
    masks = _write(tmp_path / "m", "a.png", "c.png")
    pairing = pair_folders(predictions, masks, unpaired="skip")
    assert [pair.name for pair in pairing.pairs] == ["a"]
    assert (pairing.without_mask, pairing.without_prediction) == (["b.png"], ["c.png"])


def test_no_pair_at_all_is_refused_even_then(tmp_path):
    predictions, masks = _write(tmp_path / "p", "a.png"), _write(tmp_path / "m", "b.png")
    with pytest.raises(SourceError, match="paired by their stems"):
        pair_folders(predictions, masks, unpaired="skip")


def test_a_missing_and_an_empty_folder_are_named(tmp_path):
    masks = _write(tmp_path / "m", "a.png")
    with pytest.raises(SourceError, match=r"does not exist.*scoring\.predictions=…,scoring\.masks"):
        pair_folders(tmp_path / "p", masks)
    (tmp_path / "p").mkdir()
    with pytest.raises(SourceError, match="without any of"):
        pair_folders(tmp_path / "p", masks)


def test_two_predictions_of_one_name_are_named(tmp_path):
    predictions = _write(tmp_path / "p", "p0.npy", "p0.png", "p1.png")
    masks = _write(tmp_path / "m", "p0.png", "p1.png")
    with pytest.raises(SourceError, match=r"2 predictions named p0 \(p0.npy, p0.png\)"):
        pair_folders(predictions, masks)
    pairing = pair_folders(predictions, masks, unpaired="skip")
    assert [pair.name for pair in pairing.pairs] == ["p1"]
    assert pairing.without_mask == pairing.without_prediction == []
    assert [found.name for found in pairing.ambiguous] == ["p0"]
    assert pairing.n_skipped == 3


def test_two_masks_of_one_name_are_named_even_where_nothing_else_is_found(tmp_path):
    predictions = _write(tmp_path / "p", "a.png")
    masks = _write(tmp_path / "m", "a.png", "a_mask.png")
    with pytest.raises(SourceError, match=r"2 masks named a \(a.png, a_mask.png\)"):
        pair_folders(predictions, masks, unpaired="skip")


def test_masks_may_be_arrays(tmp_path):
    predictions, masks = _write(tmp_path / "p", "a.npy"), _write(tmp_path / "m", "a_mask.npy")
    (pair,) = pair_folders(predictions, masks).pairs
    assert pair.mask.name == "a_mask.npy"


@pytest.mark.parametrize(
    ("prediction", "mask"),
    [("pred_1", "mask_1"), ("1_prediction", "1_gt"), ("mask_1", "1"), ("image1", "label1")],
)
def test_words_that_a_whole_folder_follows_are_cut_off(tmp_path, prediction, mask):
    names = [f"{prediction}.png", f"{prediction.replace('1', '2')}.png"]
    predictions = _write(tmp_path / "p", *names)
    masks = _write(tmp_path / "m", f"{mask}.png", f"{mask.replace('1', '2')}.png")
    assert [pair.prediction.name for pair in pair_folders(predictions, masks).pairs] == names
