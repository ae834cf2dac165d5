"""The stages: thin Kedro nodes over the domain packages."""
