import errno

import pytest
import yaml
from kedro.io import DatasetError
from omegaconf.errors import InterpolationKeyError

from crack_pipeline.errors import CrackPipelineError, ManifestError, ParameterError, StorageError
from crack_pipeline.mistakes import find_mistake

MISTAKE = ManifestError("Rule.", received="this", remedy="Mend it.")


def _caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize("error", [None, ValueError("bug"), OSError(errno.ENOENT, "no such file")])
def test_bugs_are_no_mistakes(error: Exception | None) -> None:
    assert find_mistake(error) is None


def test_mistake_is_found_inside_what_kedro_raises() -> None:
    assert find_mistake(MISTAKE) is MISTAKE
    assert find_mistake(_caused(DatasetError("failed while loading"), MISTAKE)) is MISTAKE


def test_cause_hidden_on_purpose_is_not_looked_at() -> None:
    bug = ValueError("bug")
    bug.__context__ = MISTAKE
    assert find_mistake(bug) is MISTAKE
    bug.__suppress_context__ = True
    assert find_mistake(bug) is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOTDIR])
def test_full_disk_and_missing_permission_are_told_with_the_place(number: int) -> None:
    error = OSError(number, "why", "/data/model.keras")
    mistake = find_mistake(_caused(DatasetError("failed while saving"), error))
    assert isinstance(mistake, StorageError)
    assert mistake.received == "why at /data/model.keras"


@pytest.mark.parametrize(
    "error", [yaml.YAMLError("line 3"), InterpolationKeyError("globals key 'x' not found")]
)
def test_unreadable_configuration_is_told(error: Exception) -> None:
    mistake = find_mistake(error)
    assert isinstance(mistake, ParameterError)
    assert str(error) in str(mistake)


def test_error_that_causes_itself_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert find_mistake(first) is None
    assert isinstance(MISTAKE, CrackPipelineError)


def test_a_damaged_file_is_told_unless_its_cause_says_more() -> None:
    loading = DatasetError("Failed while loading data from dataset model (…/model.keras)")
    mistake = find_mistake(_caused(loading, ValueError("not a zip file")))
    assert isinstance(mistake, StorageError)
    assert "model.keras" in mistake.received
    assert find_mistake(_caused(loading, MISTAKE)) is MISTAKE
    assert find_mistake(DatasetError("Failed while saving data")) is None


def test_a_choice_that_leaves_no_node_is_told() -> None:
    mistake = find_mistake(ValueError("Pipeline contains no nodes after applying all filters."))
    assert isinstance(mistake, ParameterError)
    assert "--to-nodes" in mistake.rule
    assert find_mistake(ValueError("something else")) is None
