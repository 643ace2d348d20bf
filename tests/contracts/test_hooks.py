"""scikit-learn's callbacks (1.9 and later) are told of a fit; our own callback and older versions go on as ever."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from partwise import NMF

from .conftest import low_rank

try:
    from sklearn.callback import ProgressBar
except ImportError:
    ProgressBar = None

needed = pytest.mark.skipif(ProgressBar is None, reason="scikit-learn has callbacks from 1.9 on")


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


class Recorder:
    """Writes down what it is told."""

    def __init__(self, stop=None, fail=None):
        self.told, self.fitted, self.stop, self.fail = [], [], stop, fail

    def setup(self, estimator, context):
        self.told.append(("setup", context.task_name, context.task_id))

    def teardown(self, estimator, context):
        self.told.append(("teardown", context.task_name, context.task_id))

    def on_fit_task_begin(self, estimator, context, *, X=None):
        self.told.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        self.told.append(("end", context.task_name, context.task_id))
        if context.task_name == "iteration" and fitted_estimator is not None:
            self.fitted.append(fitted_estimator)
            if context.task_id == self.fail:
                raise KeyError("mine")
            return context.task_id == self.stop
        return None

    def count(self, *told):
        return sum(one[: len(told)] == told for one in self.told)


def closeness(model, X, y=None):
    return -model.reconstruction_err_


def nmf(**settings):
    return NMF(4, **{"random_state": 0, "max_iter": 6, "tol": 0} | settings)


@needed
def test_every_iteration_is_a_task_with_a_model_as_if_it_had_stopped_there():
    X, recorder = low_rank(), Recorder()
    model = nmf().set_callbacks(recorder).fit(X)
    assert recorder.told[:2] == [("setup", "fit", 0), ("begin", "fit", 0)]
    assert recorder.told[-2:] == [("end", "fit", 0), ("teardown", "fit", 0)]
    tasks = [one for one in recorder.told if one[1] == "iteration"]
    assert tasks == [(what, "iteration", i) for i in range(6) for what in ("begin", "end")]
    assert [one.n_iter_ for one in recorder.fitted] == [1, 2, 3, 4, 5, 6]
    last = recorder.fitted[-1]
    np.testing.assert_array_equal(last.transform(X), model.transform(X))
    first = recorder.fitted[0]
    np.testing.assert_allclose(first.components_, nmf(max_iter=1).fit(X).components_)
    np.testing.assert_array_equal(nmf().fit(X).components_, model.components_)


@needed
def test_a_callback_of_scikit_learn_may_stop_the_fit():
    recorder = Recorder(stop=2)
    model = nmf(max_iter=1000).set_callbacks(recorder).fit(low_rank())
    assert model.n_iter_ == 3
    assert "Stopped on request" in model.stopped_
    assert recorder.count("begin") == recorder.count("end")


@needed
def test_tasks_are_ended_whoever_stops_the_fit():
    recorder = Recorder()
    nmf(callback=lambda shot: shot.record.iteration == 2).set_callbacks(recorder).fit(low_rank())
    assert recorder.count("begin", "iteration") == recorder.count("end", "iteration")
    assert recorder.count("teardown") == 1


@needed
def test_an_answer_that_is_neither_yes_nor_no_says_what_is_wanted():
    with pytest.raises(TypeError, match=r"callback should return True .*, got ndarray\. Try bool\(\.\.\.\)"):
        nmf(callback=lambda shot: np.ones(3)).fit(low_rank())


def test_an_error_of_a_callback_comes_through_and_leaves_nothing_behind():
    recorder = Recorder(fail=1)
    model = nmf().set_callbacks(recorder)
    with pytest.raises(KeyError, match="mine"):
        model.fit(low_rank())
    assert recorder.count("teardown") == 1
    assert not hasattr(model, "components_")
    recorder.fail = None
    model.fit(low_rank())
    np.testing.assert_array_equal(model.components_, nmf().fit(low_rank()).components_)


@needed
@pytest.mark.parametrize(("solver", "beta", "measured"), [("cd", 2, 25), ("mu", 1, 3)])
def test_starts_are_tasks_of_their_own(solver, beta, measured):
    recorder = Recorder()
    nmf(n_init=3, max_iter=25, solver=solver, beta_loss=beta).set_callbacks(recorder).fit(low_rank())
    ended = sorted(number for what, name, number in recorder.told if (what, name) == ("end", "start"))
    assert ended == [0, 1, 2]
    assert recorder.count("begin", "iteration") == recorder.count("end", "iteration") == 3 * measured


@needed
@pytest.mark.parametrize("settings", [{}, {"n_init": 2}, {"solver": "mu", "max_iter": 25}], ids=str)
def test_the_progress_bar_of_scikit_learn_works(settings, capfd):
    nmf(**settings).set_callbacks(ProgressBar()).fit(low_rank())
    assert "NMF - fit" in capfd.readouterr().out


@needed
def test_callbacks_are_passed_down_by_pipelines_and_searches(capfd):
    X, recorder = low_rank(), Recorder()
    make_pipeline(MinMaxScaler(), nmf().set_callbacks(recorder)).fit(X)
    assert recorder.count("end", "iteration") == 6
    search = GridSearchCV(nmf(), {"max_iter": [2, 3]}, scoring=closeness, cv=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X)
    assert "NMF - fit" in capfd.readouterr().out
    assert search.best_params_ == {"max_iter": 3}


@needed
def test_a_clone_keeps_its_callbacks_and_an_unfit_one_is_refused():
    recorder = Recorder()
    clone(nmf().set_callbacks(recorder)).fit(low_rank())
    assert recorder.count("setup") == 1
    with pytest.raises(TypeError, match="FitCallback protocol"):
        nmf().set_callbacks(print)


def test_without_scikit_learns_callbacks_everything_else_works():
    code = (
        "import sys; sys.modules['sklearn.callback'] = None\n"
        "import numpy as np; from partwise import NMF; from partwise.models.hooks import CallbackSupportMixin\n"
        "X = np.random.default_rng(0).random((20, 10))\n"
        "seen = []\n"
        "NMF(2, n_init=2, max_iter=3, callback=seen.append).fit(X)\n"
        "assert seen and not hasattr(NMF, 'set_callbacks'), CallbackSupportMixin\n"
        "assert CallbackSupportMixin.__module__ == 'partwise.models.hooks'\n"
    )
    # a module that is None cannot be imported; scikit-learn 1.9 imports its own when it fits, so only ours is tried
    if ProgressBar is not None:
        code = code.replace("NMF(2, n_init", "del sys.modules['sklearn.callback']\nNMF(2, n_init")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
