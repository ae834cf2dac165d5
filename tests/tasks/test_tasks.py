import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.tasks import TASK_EVALUATIONS, evaluation_of
from crack_pipeline.types import TASKS


def test_every_task_has_an_evaluation():
    assert tuple(TASK_EVALUATIONS) == TASKS
    assert evaluation_of("segmentation") is TASK_EVALUATIONS["segmentation"]


def test_refuses_an_unknown_task():
    with pytest.raises(ParameterError, match="segmentation, classification"):
        evaluation_of("segmentaton")
