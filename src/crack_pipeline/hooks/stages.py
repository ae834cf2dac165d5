"""One line in the log for each stage of a chain; its nodes are named in the log file alone."""

import logging

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

logger = logging.getLogger(__name__)

_DOING = {
    "ingest": "photos and masks are read, checked and split",
    "preprocess": "tiles are cut",
    "augment": "augmentation is planned",
    "fit": "the network is trained",
    "evaluate": "the model is measured on the test photos",
}


class StagesHook:
    """Says which stage begins. A node of a later stage may run early and does not count."""

    def __init__(self) -> None:
        self._stages: list[str] = []
        self._begun = 0

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """List the stages, in the order in which they end.

        Args:
            pipeline: The pipeline that is about to run.
        """
        last = {node.namespace: number for number, node in enumerate(pipeline.nodes)}
        self._stages = sorted((name for name in last if name is not None), key=last.__getitem__)
        self._begun = 0

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Say that a stage begins, once all stages before it have begun.

        Args:
            node: The node that is about to run.
        """
        if self._stages[self._begun : self._begun + 1] != [node.namespace]:
            return
        self._begun += 1
        stage = str(node.namespace)
        doing = f": {_DOING[stage]}" if stage in _DOING else ""
        logger.info("Stage %d of %d, %s%s", self._begun, len(self._stages), stage, doing)
