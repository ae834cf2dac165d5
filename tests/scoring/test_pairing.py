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
    with pytest.raises(SourceError, match=r"1 \(b.png\) .* 1 \(c.png\)"):
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
    with pytest.raises(SourceError, match="does not exist"):
        pair_folders(tmp_path / "p", masks)
    (tmp_path / "p").mkdir()
    with pytest.raises(SourceError, match="without any of"):
        pair_folders(tmp_path / "p", masks)
