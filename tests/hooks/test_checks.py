import re
from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset

from crack_pipeline.datasets.stored import RecordDataset
from crack_pipeline.errors import CrackPipelineError, ParameterError, StorageError, TrainingError
from crack_pipeline.hooks import checks
from crack_pipeline.hooks.checks import (
    ProjectChecksHook,
    check_dataset_is_left_alone,
    check_dataset_name,
    check_environment,
    check_globals,
    check_parameter_names,
    check_pipeline_name,
    check_start,
    require_plain_name,
)
from crack_pipeline.pipeline_registry import register_pipelines
from crack_pipeline.settings import CONFIG_LOADER_ARGS


@pytest.fixture
def conf_path(tmp_path: Path) -> Path:
    for name in ("base", "local", "deepcrack", "metu"):
        (tmp_path / name).mkdir()
    (tmp_path / "logging.yml").touch()
    return tmp_path


@pytest.mark.parametrize("env", [None, "base", "metu"])
def test_known_environment_passes(env: str | None, conf_path: Path) -> None:
    check_environment(env, conf_path)


def test_misspelt_environment_names_the_nearest(conf_path: Path) -> None:
    with pytest.raises(ParameterError, match="Did you mean deepcrack") as caught:
        check_environment("depcrack", conf_path)
    assert caught.value.received == "depcrack"
    assert "logging" not in caught.value.remedy


def test_unlike_environment_lists_all(conf_path: Path) -> None:
    with pytest.raises(ParameterError) as caught:
        check_environment("zzz", conf_path)
    assert caught.value.remedy == "Known: base, deepcrack, local, metu."


def test_misspelt_data_set_in_globals_is_refused(conf_path: Path) -> None:
    (conf_path / "base" / "globals.yml").write_text("dataset: sample\ntask: segmentation\n")
    (conf_path / "metu" / "globals.yml").write_text("dataste: metu\n")
    with pytest.raises(ParameterError, match=r"dataste in conf/metu.*Did you mean dataset"):
        check_globals("metu", conf_path)
    for env in (None, "base", "deepcrack"):
        check_globals(env, conf_path)


@pytest.fixture
def named_envs(conf_path: Path) -> Path:
    (conf_path / "deepcrack_wide").mkdir()
    for env, dataset in (
        ("base", "sample"),
        ("metu", "metu"),
        ("deepcrack", "deepcrack"),
        ("deepcrack_wide", "deepcrack"),
    ):
        (conf_path / env / "globals.yml").write_text(f"dataset: {dataset}\n")
    return conf_path


@pytest.mark.parametrize("env", [None, "base", "local", "metu", "deepcrack", "deepcrack_wide"])
def test_environments_of_their_own_data_set_pass(env: str | None, named_envs: Path) -> None:
    check_dataset_name(env, named_envs)


def test_environment_without_a_data_set_is_refused(named_envs: Path) -> None:
    (named_envs / "bridges").mkdir()
    with pytest.raises(ParameterError, match=r"globals\.yml with `dataset: bridges`"):
        check_dataset_name("bridges", named_envs)


@pytest.mark.parametrize("dataset", ["metu", "Metu"])
def test_environment_with_the_data_set_of_another_is_refused(
    dataset: str, named_envs: Path
) -> None:
    (named_envs / "bridges").mkdir()
    (named_envs / "bridges" / "globals.yml").write_text(f"dataset: {dataset}\n")
    with pytest.raises(ParameterError, match=r"conf/bridges and in conf/metu.*dataset: bridges"):
        check_dataset_name("bridges", named_envs)
    check_dataset_name("metu", named_envs)


PLAIN = ["sample", "bridge_7", "a-b.c", "2024", "no", "Brücke", "x" * 64, "con_1", "_own"]
NOT_PLAIN = [
    *(
        "../../escape",
        "a/b",
        "a\\b",
        "a:b",
        "a b",
        "",
        " ",
        ".",
        "..",
        ".hidden",
        "-x",
        "a.",
        "a\n",
    ),
    *("nul", "CON", "com1", "aux.txt", "x" * 65, False, 1, 7, 1000.0, None, ["a"], "a%b", "a*"),
]


@pytest.mark.parametrize("name", PLAIN)
def test_plain_names_of_data_sets_pass(name: str) -> None:
    require_plain_name(name)


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_other_names_of_data_sets_are_refused(name: object) -> None:
    with pytest.raises(ParameterError, match="`dataset` in globals"):
        require_plain_name(name)


def test_misspelt_parameter_names_the_nearest() -> None:
    with pytest.raises(ParameterError, match="Did you mean training"):
        check_parameter_names({"traning": {}}, known={"training", "task"})


def test_base_parameters_are_read_from_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "base" / "parameters" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text("one: &x {a: 1}\ntwo: *x\n")
    (tmp_path / "base" / "parameters_more.yml").write_text("three: ${globals:x}\n")
    (tmp_path / "base" / "catalog.yml").write_text("four: 4\n")
    assert checks._base_parameter_names(tmp_path) == {"one", "two", "three"}


def test_unknown_pipeline_lists_the_visible_ones() -> None:
    with pytest.raises(ParameterError, match="Did you mean fit") as caught:
        check_pipeline_name("fitt", known=["fit", "__default__"])
    assert "__default__" not in caught.value.remedy


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Pipeline]:
    ingest = Pipeline([Node(list, "photos", "manifest"), Node(list, "manifest", "sheet")])
    fit = Pipeline([Node(list, ["manifest"], "model")])
    pipelines = {"ingest": ingest, "fit": fit, "train": ingest + fit, "__default__": ingest + fit}
    monkeypatch.setattr(checks, "_registered_pipelines", lambda: pipelines)
    return pipelines


def test_missing_input_names_the_pipeline_that_makes_it(
    registered: dict[str, Pipeline], tmp_path: Path
) -> None:
    catalog = DataCatalog({"manifest": JSONDataset(filepath=str(tmp_path / "manifest.json"))})
    with pytest.raises(CrackPipelineError, match=r"kedro run --pipeline=ingest") as caught:
        ProjectChecksHook().before_pipeline_run(registered["fit"], catalog)
    assert str(tmp_path / "manifest.json") in caught.value.received


@pytest.mark.parametrize(("has_model", "stage"), [(True, "evaluate"), (False, "train")])
def test_what_a_model_is_needed_for_names_the_training_where_there_is_none(
    registered: dict[str, Pipeline], tmp_path: Path, has_model: bool, stage: str
) -> None:
    registered["evaluate"] = Pipeline([Node(list, ["model"], "decision")])
    explain = Pipeline([Node(max, ["decision", "model"], "sheet")])
    if has_model:
        (tmp_path / "model.json").write_text("{}")
    paths = {name: str(tmp_path / f"{name}.json") for name in ("decision", "model")}
    catalog = DataCatalog({name: JSONDataset(filepath=path) for name, path in paths.items()})
    with pytest.raises(CrackPipelineError, match=r"needs `decision`") as caught:
        ProjectChecksHook().before_pipeline_run(explain, catalog)
    assert f"`kedro run --pipeline={stage}`" in caught.value.remedy


def test_inputs_that_are_there_pass(registered: dict[str, Pipeline]) -> None:
    catalog = DataCatalog({"manifest": MemoryDataset([1])})
    ProjectChecksHook().before_pipeline_run(registered["fit"], catalog)


def test_renaming_the_data_set_on_the_command_line_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"dataset=x.*--env"):
        check_dataset_is_left_alone({"dataset": "x"})
    check_dataset_is_left_alone({"task": "classification"})


def test_a_strategy_of_another_backend_is_refused_at_the_start(monkeypatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(TrainingError, match=r"needs training\.backend=jax"):
        check_start({"backend": None, "distribution": {"strategy": "data_parallel"}})
    with pytest.raises(TrainingError, match="Received: backend torch"):
        check_start({"backend": "torch", "distribution": {"strategy": "mirrored"}})


def test_what_is_optional_and_missing_is_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "scores.json")
    scores = JSONDataset(filepath=path, metadata={"optional": True})
    catalog = DataCatalog({"scores": scores})
    pipeline = Pipeline([Node(lambda given: str(given), "scores", "said", name="say")])
    ProjectChecksHook().before_pipeline_run(pipeline, catalog)
    assert SequentialRunner().run(pipeline, catalog)["said"].load() == "None"
    scores.save({"energy": 1})
    catalog = DataCatalog({"scores": scores})
    ProjectChecksHook().before_pipeline_run(pipeline, catalog)
    assert SequentialRunner().run(pipeline, catalog)["said"].load() == "{'energy': 1}"


def test_every_node_starts_a_run_or_is_told_where_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[2]
    pipelines = register_pipelines()
    monkeypatch.setattr(checks, "_registered_pipelines", lambda: pipelines)
    monkeypatch.chdir(tmp_path)
    loader = OmegaConfigLoader(str(root / "conf"), env="test", **CONFIG_LOADER_ARGS)
    catalog = DataCatalog.from_config(loader["catalog"])
    for name in loader["parameters"]:
        catalog[f"params:{name}"] = MemoryDataset(1)

    def judge(part: Pipeline) -> list[list[str]]:
        """The slice to run instead; nothing where it runs, or waits for another pipeline."""
        try:
            ProjectChecksHook().before_pipeline_run(part, catalog)
        except ParameterError as error:
            options = re.search(r"--from-nodes=([\w,]+) --to-nodes=([\w,]+)", error.remedy)
            assert options is not None
            return [names.split(",") for names in options.groups()]
        except CrackPipelineError as error:
            return [] if "kedro run --pipeline=" in error.remedy else [[error.remedy]]
        return [[name] for name in part.inputs() if name not in catalog]

    for pipeline in pipelines.values():
        full = {node.name.rpartition(".")[2]: node.name for node in pipeline.nodes}
        for node in pipeline.nodes:
            for part in (pipeline.from_nodes(node.name), pipeline.only_nodes(node.name)):
                if options := judge(part):
                    starts, ends = ([full[name] for name in names] for names in options)
                    assert not judge(pipeline.filter(from_nodes=starts, to_nodes=ends))


def test_a_slice_that_begins_in_memory_is_told_where_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [
        Node(lambda path: path, "params:path", "listed", name="ingest.list_files"),
        Node(lambda listed: listed, "listed", "checked", name="check_files"),
        Node(lambda checked: checked, "checked", "manifest", name="write"),
    ]
    whole = Pipeline(nodes)
    monkeypatch.setattr(checks, "_registered_pipelines", lambda: {"ingest": whole})
    catalog = DataCatalog(
        {
            "params:path": MemoryDataset("x"),
            "manifest": JSONDataset(filepath=str(tmp_path / "manifest.json")),
        }
    )
    with pytest.raises(ParameterError, match=r"`checked`.*--from-nodes=list_files"):
        ProjectChecksHook().before_pipeline_run(whole.only_nodes("write"), catalog)
    ProjectChecksHook().before_pipeline_run(whole, catalog)


@pytest.mark.parametrize("content", ["[]", "", "{}", '{"sealed": "1:0"}'])
def test_an_input_that_is_not_what_was_written_names_the_pipeline_that_makes_it(
    registered: dict[str, Pipeline], tmp_path: Path, content: str
) -> None:
    (tmp_path / "manifest.json").write_text(content)
    record = RecordDataset(filepath=str(tmp_path / "manifest.json"))
    catalog = DataCatalog({"manifest": record})
    with pytest.raises(StorageError, match=r"`manifest`.*--pipeline=ingest"):
        ProjectChecksHook().before_pipeline_run(registered["fit"], catalog)
