"""A Kedro project with the doors of crack_pipeline and pipelines that take no time."""
