"""Training: compile, fit, callbacks, and going on after an interruption."""
