"""What a recipe refuses, before anything runs."""

import pytest
from pydantic import ValidationError

from crack_pipeline.training.job import stages_of
from crack_pipeline.training.recipe import FineTuning, TrainingRecipe


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": "bce_dise"}, r"loss.*'bce_dise'.*bce_dice"),
        ({"fine_tuning": {"epochs": 1, "loss": "dise"}}, r"fine_tuning\.loss.*'dise'.*dice"),
        ({"precision": "float16"}, "precision"),
        ({"ema_momentum": 1.0}, "ema_momentum"),
        ({"clip_norm": 0.0}, "clip_norm"),
        ({"accumulation_steps": 0}, "accumulation_steps"),
        ({"crack_free_share": 1.0}, "crack_free_share"),
        ({"label_smoothing": 1.0}, "label_smoothing"),
        ({"loss": "dice", "class_weights": "balanced"}, "needs binary_crossentropy"),
        (
            {
                "class_weights": "balanced",
                "loss_settings": {"binary_crossentropy": {"positive_weight": 50}},
            },
            "received 50 for it as well",
        ),
        (
            {"monitor": "val_loss", "fine_tuning": {"epochs": 1, "loss": "dice"}},
            "cannot compare the epochs of two stages",
        ),
        ({"momentum": 0.9}, "momentum"),
    ],
)
def test_a_recipe_that_cannot_be_meant_is_refused(changes, message):
    with pytest.raises(ValidationError, match=f"(?s){message}"):
        TrainingRecipe.model_validate(changes)


@pytest.mark.parametrize(
    "fine_tuning", [{"epochs": 0, "loss": "dice"}, {"epochs": 1}, {"epochs": 1, "loss": "bce_dice"}]
)
def test_validation_loss_may_decide_where_it_is_one_loss(fine_tuning):
    recipe = TrainingRecipe.model_validate({"monitor": "val_loss", "fine_tuning": fine_tuning})
    assert recipe.monitor == "val_loss"


def test_fine_tuning_is_a_second_stage_with_its_own_epochs_rate_and_loss():
    recipe = TrainingRecipe(fine_tuning=FineTuning(epochs=3, learning_rate=0.5, loss="dice"))
    first, second = stages_of(recipe)
    assert first == recipe
    assert (second.epochs, second.learning_rate, second.loss) == (3, 0.5, "dice")
    assert stages_of(TrainingRecipe()) == [TrainingRecipe()]
