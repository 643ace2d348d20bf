"""The verbs: fit, look, transform. The command line, and later the web page, call these and nothing else."""
