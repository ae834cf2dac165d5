import os

from crack_pipeline.ingestion.fingerprint import (
    combine_key,
    fingerprint_code,
    fingerprint_file,
    fingerprint_folder,
)


def test_names_sizes_and_times_decide(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    photo = tmp_path / "a" / "b" / "é photo.jpg"
    photo.write_bytes(b"123")
    seen = {fingerprint_folder(tmp_path)}
    assert fingerprint_folder(tmp_path) in seen
    photo.write_bytes(b"1234")
    seen.add(fingerprint_folder(tmp_path))
    os.utime(photo, ns=(5, 5))
    seen.add(fingerprint_folder(tmp_path))
    photo.rename(photo.with_name("other.jpg"))
    seen.add(fingerprint_folder(tmp_path))
    (tmp_path / "new.txt").touch()
    seen.add(fingerprint_folder(tmp_path))
    assert len(seen) == 5


def test_hidden_files_do_not_count(tmp_path):
    before = fingerprint_folder(tmp_path)
    (tmp_path / ".DS_Store").touch()
    assert fingerprint_folder(tmp_path) == before


def test_links_that_lead_nowhere_or_round_in_circles_do_not_matter(tmp_path):
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "round").symlink_to(tmp_path)
    assert len(fingerprint_folder(tmp_path)) == 64


def test_a_missing_folder_or_file_is_no_fault(tmp_path):
    assert fingerprint_folder(tmp_path / "none") == fingerprint_folder(tmp_path / "none")
    assert fingerprint_file(tmp_path / "none") == ""


def test_keys_keep_their_parts_apart():
    assert combine_key("ab", "c") != combine_key("a", "bc")
    assert combine_key(1, None) == combine_key(1, None)
    assert len(fingerprint_code()) == 64
