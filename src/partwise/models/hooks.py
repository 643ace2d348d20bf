"""scikit-learn's callbacks (experimental, from 1.9 on): the starts of a fit and its measured iterations are tasks."""

from collections.abc import Callable
from typing import Any

from partwise.iterate import Snapshot

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """What scikit-learn before 1.9 has to offer: no callbacks."""


__all__ = ["CallbackSupportMixin", "Hooks"]

Attributes = Callable[[Snapshot], dict[str, Any]]


class Hooks:
    """The tree of tasks of one fit, as scikit-learn's callbacks are told of it; false where there are none.

    Parameters
    ----------
    estimator : BaseEstimator
        Being fitted, inside a method that `_fit_context` decorates.
    X : object
        What it is fitted to.
    attributes : callable
        Makes of a snapshot what the estimator would have learned if the fit had stopped there.
    sizes : tuple of int
        Starts, and the most measured iterations of each.
    """

    def __init__(self, estimator: Any, X: Any, attributes: Attributes, sizes: tuple[int, int]) -> None:
        self._given = {"estimator": estimator, "X": X}
        self._attributes = attributes
        self._n_starts, self._most = sizes
        self._root = None
        self._starts: dict[int, Any] = {}
        self._open: dict[int, Any] = {}  # iterations, by start
        if hasattr(estimator, "_init_callback_context"):
            alone = self._n_starts == 1
            size = self._most if alone else self._n_starts
            self._root = estimator._init_callback_context(max_subtasks=size, sequential_subtasks=alone)
            self._root.call_on_fit_task_begin(**self._given)
        self._listened = bool(getattr(estimator, "_skl_callbacks", []))

    def __bool__(self) -> bool:
        return self._listened

    def of_start(self, index: int) -> Callable[[Snapshot], bool] | None:
        """Return what tells the callbacks of a start, and passes on whether one of them wants to stop."""
        if not self or self._root is None:
            return None
        reached = -1

        def hook(shot: Snapshot) -> bool:
            nonlocal reached
            if self._n_starts > 1 and index not in self._starts:
                self._starts[index] = self._begun(self._root, "start", task_id=index, max_subtasks=self._most)
            stop = False
            if index in self._open and shot.record.iteration > reached:
                task = self._open.pop(index)
                stop = task.call_on_fit_task_end(
                    **self._given, reconstruction_attributes=lambda: self._attributes(shot)
                )
            if shot.reason is None and not stop and index not in self._open:
                reached = shot.record.iteration
                self._open[index] = self._begun(self._starts.get(index, self._root), "iteration")
            return bool(stop)

        return hook

    def end(self) -> None:
        """End the tasks that the fit has left open, and the fit itself."""
        if self._root is None:
            return
        for task in (*self._open.values(), *self._starts.values()):
            task.call_on_fit_task_end(estimator=self._given["estimator"])
        self._root.call_on_fit_task_end(**self._given, reconstruction_attributes=dict)

    def _begun(self, parent: Any, name: str, **settings: Any) -> Any:
        task = parent.subcontext(task_name=name, **settings)
        task.call_on_fit_task_begin(**self._given)
        return task
