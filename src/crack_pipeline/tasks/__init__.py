"""Evaluation of each task; ``crack_pipeline.task_specs`` lists the tasks."""
