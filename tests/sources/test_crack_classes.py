import pytest

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.coco_file import choose_crack_classes, is_crack_name


@pytest.mark.parametrize(
    "name",
    ["crack", "Cracks", "longitudinal_crack", "Alligator Cracking", "D00-crack", "fissure",
     "grieta", "裂缝", "cracked", "crack_no_1"],
)  # fmt: skip
def test_names_that_speak_of_cracks(name):
    assert is_crack_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "spalling", "pothole", "no crack", "no-cracks", "NonCrack", "non_crack", "not a crack",
     "uncracked", "without crack", "crack-free", "0"],
)  # fmt: skip
def test_names_that_do_not(name):
    assert not is_crack_name(name)


def test_classes_named_so_are_chosen():
    assert choose_crack_classes({0: "pothole", 3: "Crack", 5: "crack wide"}, "a") == {3, 5}


def test_the_only_class_is_chosen_whatever_its_name():
    assert choose_crack_classes({7: "0"}, "a") == {7}


def test_the_only_class_is_not_chosen_where_it_means_no_crack():
    with pytest.raises(LayoutError, match="with no crack"):
        choose_crack_classes({0: "no crack"}, "a")


@pytest.mark.parametrize("names", [{0: "pothole", 1: "patch"}, {}])
def test_no_class_named_so_is_an_error(names):
    with pytest.raises(LayoutError, match=r"called crack.*data\.yaml with (pothole, patch|none)"):
        choose_crack_classes(names, "data.yaml")
