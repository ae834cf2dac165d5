"""The pictures that runs leave, with what each of them shows."""

from dataclasses import replace

from crack_pipeline.reporting.pictures import PictureFile
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task

KNOWN_PICTURES: tuple[PictureFile, ...] = (
    PictureFile(
        "headline",
        "Headline numbers with 95 % intervals",
        "Each headline metric as a dot with its 95 % interval; the table above has the numbers",
    ),
    PictureFile(
        "detection",
        "Probability of detection against crack width",
        "Share of true crack length that is found, rising with crack width, with a logistic fit "
        "and its 90 % point; the numbers stand above",
    ),
    PictureFile(
        "precision_recall_curve",
        "Precision–recall curve, test photos",
        "Precision against recall over all thresholds, model and baseline",
    ),
    PictureFile(
        "roc_curve",
        "ROC curve, test photos",
        "True positive rate against false positive rate over all thresholds, model and baseline",
    ),
    PictureFile(
        "threshold_curve",
        "Precision, recall and F1 by threshold, validation photos",
        "Precision, recall and F1 over the thresholds, the chosen threshold marked",
    ),
    PictureFile(
        "confusion_matrix",
        "Confusion matrix, test photos",
        "Two by two table of truth against prediction at the chosen threshold",
    ),
    PictureFile(
        "strata",
        "Scores by stratum",
        "Scores of each stratum side by side; the tables above have the numbers",
    ),
    PictureFile(
        "reliability",
        "Reliability diagram",
        "Share of crack against predicted probability; on the diagonal a probability means what "
        "it says",
    ),
    PictureFile(
        "risk_coverage",
        "Risk and coverage",
        "Error that is left when the most doubtful photos are handed to a person, by the share of "
        "photos that the model keeps",
    ),
    PictureFile(
        "prediction_sheet",
        "Sample photos",
        "Test photos with the outlines of truth and prediction, in rows of the best, the median "
        "and the worst; the caption of each photo gives its id, its Dice and its IoU",
    ),
    PictureFile(
        "explanation_sheet",
        "Where the model looks",
        "Photos beside truth, prediction and the heat map of each explanation method",
    ),
    PictureFile(
        "first_layer_filters",
        "Filters of the first layer",
        "Each filter of the first convolution as a small tile",
    ),
    PictureFile(
        "activation_maps",
        "Activation maps by block",
        "What the channels of each block answer to one photo",
    ),
    PictureFile(
        "learning_curve",
        "Learning curve",
        "Loss, F1 and learning rate over the epochs, train and validation; the best epoch is "
        "marked",
    ),
)
"""In the order of the report, as they are of masks."""

_LABELS_ALT = {
    "prediction_sheet": "Test photos in rows of missed cracks, false alarms, and photos that were "
    "told right; the caption of each photo gives its id, its true label and its probability of "
    "crack",
    "explanation_sheet": "Photos, each beside the heat map of each explanation method; the caption "
    "gives the true label and the probability of crack",
    "risk_coverage": "Share of wrong labels that is left when the most doubtful photos are handed "
    "to a person, by the share of photos that the model keeps",
    "reliability": "Share of photos with crack against predicted probability; on the diagonal a "
    "probability means what it says",
}

CURVES = ("precision_recall_curve", "roc_curve", "threshold_curve", "confusion_matrix")
EXPLANATIONS = ("explanation_sheet", "first_layer_filters", "activation_maps")


def list_pictures(task: Task) -> tuple[PictureFile, ...]:
    """The pictures of a task, with alternative texts that say what they show there.

    Args:
        task: What the model was trained for.

    Returns:
        In the order of the report.
    """
    if task_spec(task).truth == "masks":
        return KNOWN_PICTURES
    return tuple(replace(file, alt=_LABELS_ALT.get(file.name, file.alt)) for file in KNOWN_PICTURES)
