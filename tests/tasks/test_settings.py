import pytest
from pydantic import ValidationError

from crack_pipeline.tasks.settings import (
    ClassificationEvaluation,
    LabelAgreement,
    SegmentationEvaluation,
    name_agreement,
)


def test_agreement_goes_by_the_names_of_the_metrics():
    agreement = LabelAgreement(f1_pooled=0.871, f1_tolerance_pooled=0.985, cldice=0.967)
    settings = SegmentationEvaluation(label_agreement=agreement, tolerance_px=2)
    assert name_agreement(settings) == {
        "f1_pooled": 0.871,
        "f1_tolerance_2px_pooled": 0.985,
        "cldice_pooled": 0.967,
        "cldice_mean": 0.967,
    }
    assert name_agreement(SegmentationEvaluation()) is None


@pytest.mark.parametrize("kind", [SegmentationEvaluation, ClassificationEvaluation])
def test_an_unknown_kind_of_views_is_refused(kind):
    assert kind().test_time_augmentation == "none"
    with pytest.raises(ValidationError, match="dihedral"):
        kind(test_time_augmentation="mirrored")


@pytest.mark.parametrize("value", [0.0, 1.1, 87.1])
def test_an_agreement_is_a_share(value):
    with pytest.raises(ValidationError):
        LabelAgreement(f1_pooled=value, f1_tolerance_pooled=0.985, cldice=0.967)
