import os
import subprocess
import sys
from pathlib import Path

import crack_pipeline
from crack_pipeline.ingestion.results import (
    CHECK_CODE,
    combine_key,
    fingerprint_file,
    fingerprint_folder,
    fingerprint_named,
)

PACKAGE = Path(crack_pipeline.__file__).parent
JUDGES_NO_FILE = {"errors.py", "storage.py", "progress.py", "manifest.py", "version.py"}
LIST_MODULES = """
import sys
from pathlib import Path
import crack_pipeline.ingestion.checking, crack_pipeline.masks.annotations
for name, module in sorted(sys.modules.items()):
    if name.startswith("crack_pipeline."):
        print(Path(module.__file__).relative_to(Path(sys.argv[1])).as_posix())
"""


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


def test_single_files_count_by_size_and_time_and_by_being_there(tmp_path):
    mask = tmp_path / "mask.png"
    seen = {fingerprint_named([mask])}
    mask.write_bytes(b"123")
    seen.add(fingerprint_named([mask]))
    os.utime(mask, ns=(5, 5))
    seen.add(fingerprint_named([mask]))
    assert fingerprint_named([mask]) in seen
    assert len(seen) == 3
    assert fingerprint_named([Path("no\0name"), Path("\udcff")]) not in seen


def test_every_module_that_judges_a_file_decides_about_kept_checks():
    command = [sys.executable, "-c", LIST_MODULES, str(PACKAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if not name.endswith("__init__.py")}
    assert "masks/binarization.py" in loaded
    unknown = {name for name in loaded if not name.startswith(CHECK_CODE)}
    assert unknown <= JUDGES_NO_FILE
