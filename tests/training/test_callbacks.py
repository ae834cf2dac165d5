"""What the callbacks do while a network is trained."""

import math
from pathlib import Path

import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.callbacks import StopOnNan


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training_at_its_step(loss: float) -> None:
    callback = StopOnNan(first_step=40, folder=Path("kept"))
    callback.on_train_batch_end(0, {"loss": 0.5})
    with pytest.raises(TrainingError, match=rf"loss {loss} at step 41.*learning_rate"):
        callback.on_train_batch_end(1, {"loss": loss})
