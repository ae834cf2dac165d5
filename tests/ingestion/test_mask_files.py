from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.ingestion.listing import mask_file_name


@pytest.mark.parametrize(
    ("image_id", "name"),
    [
        ("train/11111", "train/11111.png"),
        ("Brücke 7 😀", "Brücke 7 😀.png"),
        ("a:b?c", "a%3Ab%3Fc.png"),
        ("50%", "50%25.png"),
        ("../../etc/x", "%../%../etc/x.png"),
        ("a//b", "a/%/b.png"),
        (".hidden", "%.hidden.png"),
    ],
)
def test_odd_names_become_safe_ones(image_id, name):
    assert mask_file_name(image_id) == name


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_ids_have_different_names_within_the_folder(first, second):
    name = mask_file_name(first)
    parts = PurePosixPath(name).parts
    assert not name.startswith("/")
    assert ".." not in parts
    assert all(len(part.encode(errors="surrogatepass")) <= 255 for part in parts)
    if first != second:
        assert mask_file_name(second) != name
