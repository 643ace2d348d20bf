"""The web page of a run: a server on this machine that shows what a run holds and answers by the verbs of the tasks."""
