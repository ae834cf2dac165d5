"""Numbers, names of metrics, scores and verdicts in words: one place each."""
