"""Formulas as users write them."""

import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.losses.formula import (
    LossTerm,
    needs_skeleton,
    parse_loss,
    require_loss_fits,
)
from crack_pipeline.training.recipe import TrainingRecipe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dice", [("dice", 1.0)]),
        ("bce_dice", [("binary_crossentropy", 1.0), ("dice", 1.0)]),
        (
            "binary_crossentropy + 0.5*soft_cldice",
            [("binary_crossentropy", 1), ("soft_cldice", 0.5)],
        ),
        (" 2 * focal+.25 * tversky ", [("focal", 2.0), ("tversky", 0.25)]),
    ],
)
def test_sums_are_read(text, expected):
    assert parse_loss(text) == tuple(LossTerm(name, weight) for name, weight in expected)


@pytest.mark.parametrize("text", ["", "dice +", "dice - focal", "0 * dice", "dice * 2", "a b"])
def test_what_is_no_sum_is_refused(text):
    with pytest.raises(ParameterError, match="weighted sum such as"):
        parse_loss(text)


def test_a_name_that_comes_twice_is_refused():
    with pytest.raises(ParameterError, match="dice comes twice"):
        parse_loss("bce_dice + dice")


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(ParameterError, match="Did you mean soft_cldice"):
        parse_loss("dice + soft_cl_dice")


def test_the_recipe_names_the_parameter():
    with pytest.raises(ValueError, match=r"loss\n.*'diced'.*Did you mean dice"):
        TrainingRecipe(loss="diced")


def test_only_skeleton_recall_needs_skeletons():
    assert needs_skeleton("dice + skeleton_recall")
    assert not needs_skeleton("dice + soft_cldice")


def test_labels_have_no_skeleton():
    require_loss_fits("segmentation", "dice + soft_cldice")
    require_loss_fits("classification", "focal")
    with pytest.raises(ParameterError, match=r"soft_cldice compares skeletons"):
        require_loss_fits("classification", "focal + soft_cldice")
