"""Settings that Kedro reads."""

from omegaconf.resolvers import oc

from crack_pipeline.hooks import ProjectChecksHook, StagesHook, TrackingHook
from crack_pipeline.noise import silence_noise

silence_noise()

HOOKS = (TrackingHook(), ProjectChecksHook(), StagesHook())

# Its configuration and `kedro mlflow ui` are used; TrackingHook does what its hook would,
# without a wait for a server that does not answer and without a store for runs that train nothing.
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-mlflow", "kedro_mlflow")

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft"},
    "config_patterns": {"mlflow": ["mlflow*", "mlflow*/**", "**/mlflow*"]},
    "custom_resolvers": {"oc.env": oc.env},
}
