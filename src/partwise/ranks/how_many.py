"""rank_report and choose_n_components: X and numbers of parts in, what is known about the right one out."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from partwise.losses import LOSSES, as_loss
from partwise.models import NMF
from partwise.models.scaling import Scaling
from partwise.models.starting import SEEDS
from partwise.models.validation import checked, fingerprint
from partwise.ranks.answer import found_out
from partwise.ranks.beside import firm_groups
from partwise.ranks.candidates import parts_of
from partwise.ranks.cautions import cautions
from partwise.ranks.checks import check_model, check_size, checked_ks
from partwise.ranks.criteria import CRITERIA, FAMILIES, check_criteria, usual_criteria
from partwise.ranks.data import guarded
from partwise.ranks.keeping import Keeping
from partwise.ranks.lines import Question
from partwise.ranks.planning import lines_of
from partwise.ranks.rank_report import RankReport
from partwise.ranks.survey import Follow, Survey
from partwise.ranks.wording import sentence

FOLDS = 4


@validate_params(
    {
        "model": [StrOptions({"nmf", "opnmf"})],
        "n_restarts": [Interval(Integral, 0, None, closed="left")],
        "n_folds": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
        "units": [StrOptions({"auto", "rows", "keep"})],
        "outliers": [StrOptions({"auto", "cut", "keep"})],
        "keep": [str, PathLike, None],
        "callback": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def rank_report(
    X: Any,
    ks: Iterable[int],
    *,
    model: str = "nmf",
    beta_loss: str | float = "frobenius",
    n_restarts: int = 5,
    n_folds: int = FOLDS,
    criteria: Sequence[str] | None = None,
    random_state: Any = None,
    units: str = "auto",
    outliers: str = "auto",
    keep: str | PathLike[str] | None = None,
    callback: Follow | None = None,
) -> RankReport:
    """Fit X with several numbers of parts in several ways, and say how many parts it has and how sure that is.

    The recommendation is the median of three criteria: the error on entries hidden from the fit, a permutation test,
    and the bend of the logarithm of the error; with corrections for weak parts, backgrounds and exact fits. Other
    criteria stand beside them and do not vote. All fits of a kind grow from the one with fewer parts; those of several
    restarts are independent. They run side by side, one thread each, and are the same for any number of threads.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Entries >= 0. Fits are in single precision.
    ks : iterable of int
        Numbers of parts, at least 1, at most the smaller side of X. Steps of 1 are best: larger ones find the answer
        only to a step.
    model : {'nmf', 'opnmf'}, default='nmf'
        For 'opnmf', from whose projection no entry can be hidden, only the permutation test and the bend vote.
    beta_loss : float or {'frobenius', 'kullback-leibler', 'itakura-saito'}, default='frobenius'
        Of 'nmf'.
    n_restarts : int, default=5
        Random starts at each number, which say whether parts and groups of samples come back: 0 for none; a claim
        about groups wants 20. With one there is nothing to compare.
    n_folds : int, default=4
        Sets of a tenth of the entries to hide, >= 2.
    criteria : sequence of str, default=None
        Some of `partwise.ranks.CRITERIA`; what they need is fitted. None: all but 'explained-variance', 'kneedle' and
        'bi-cross-validation'.
    random_state : int, RandomState or None, default=None
        Of what is hidden, of shuffled columns and of starts.
    units : {'auto', 'rows', 'keep'}, default='auto'
        Whether each row is divided by its root mean square; 'auto': where their sizes differ so much that they may be
        in different units (Frobenius loss only).
    outliers : {'auto', 'cut', 'keep'}, default='auto'
        Whether X is cut at its 99.9 % quantile; 'auto': where so few entries carry much of the sum of squares.
    keep : str or path-like, default=None
        A folder where every finished fit is kept. Called again with the same X and settings it goes on where it was;
        larger ks, more restarts and other criteria may be asked for.
    callback : callable, default=None
        Called with a `RankStep` after every fit; a true answer stops, and so does Ctrl-C: the report of what is there
        is returned.

    Returns
    -------
    RankReport

    Raises
    ------
    ValueError, TypeError
        If X, ks or a setting is not what it must be, or `keep` holds fits of something else.

    References
    ----------
    Wold 1978 and Owen & Perry 2009 (held-out entries); Dempster, Laird & Rubin 1977 (filling them in); Yang & Oja 2010
    (permutation); Brunet et al. 2004, Kim & Park 2007 (consensus); Alexandrov et al. 2013 (silhouettes); Satopaa et al.
    2011 (knee).

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import rank_report
    >>> rng = np.random.default_rng(0)
    >>> S = rng.exponential(size=(120, 4)) @ rng.exponential(size=(4, 90))
    >>> X = np.maximum(S + 0.3 * rng.standard_normal(S.shape), 0)
    >>> report = rank_report(X, range(1, 9), n_restarts=0, random_state=0)
    >>> report.recommended, report.agree
    (4, True)
    """
    loss = as_loss(beta_loss)
    check_model(model, loss, beta_loss)
    numbers = checked_ks(ks)
    wanted = check_criteria(criteria, model, loss.beta) if criteria is not None else usual_criteria(model, n_restarts)
    rng = check_random_state(random_state)
    seed = int(rng.randint(SEEDS)) if not isinstance(random_state, Integral) else int(random_state)
    given, high = checked(NMF(), X, reset=True)
    check_size(given, numbers, high, loss)
    keeping = None
    if keep is not None:
        settings = {"model": model, "beta": loss.beta, "seed": seed, "units": units, "outliers": outliers}
        X_is = fingerprint(given)
        about = {**settings, "ks": list(numbers), "shape": X_is["shape"], "dtype": X_is["dtype"], "X": X_is["sha256"]}
        keeping = Keeping(Path(keep), about)
    small = Scaling.of(given, high).shrink(given).astype(np.float32)
    data, warnings = guarded(small, loss, units, outliers)
    question = Question(data, loss, seed)
    lines = lines_of(question, model, {FAMILIES[key] for key in wanted}, n_restarts, n_folds)
    survey = Survey(lines, numbers, keeping, callback)
    with keeping.alone() if keeping else nullcontext():
        survey.run()
    # lines that have come further than others must not be told from them
    evidence = survey.evidence if survey.complete else survey.evidence.up_to(survey.reached)
    found = {key: one for key in wanted if (one := CRITERIA[key](evidence)) is not None}
    limit = min(small.shape)
    findings = found_out(evidence, found, limit)
    parts, stability = parts_of(evidence, findings)
    return RankReport(
        sentence=sentence(findings, found, numbers[-1]),
        recommended=findings.recommended,
        robust=findings.robust,
        firm=firm_groups(found),
        agree=findings.agree,
        candidates=tuple(parts),
        criteria=tuple(sorted(found.values(), key=lambda one: not one.votes)),
        ks=findings.ks,
        warnings=(*warnings, *cautions(evidence, findings, question, model, n_restarts, survey.complete)),
        parts=parts,
        part_stability=stability,
        shape=(small.shape[0], small.shape[1]),
        model=model,
        loss=next((name for name, beta in LOSSES.items() if beta == loss.beta), f"{loss.beta:g}"),
        n_restarts=n_restarts,
        n_folds=n_folds,
        seed=seed,
        n_fits=len(evidence),
        seconds=evidence.seconds,
        complete=survey.complete,
    )


def choose_n_components(X: Any, ks: Iterable[int], random_state: Any = None) -> int:
    """Return the recommended number of parts, for scripts; `rank_report` says how sure it is.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Entries >= 0.
    ks : iterable of int
        Numbers of parts to choose from, three at least; `range(1, 21)` is a good one.
    random_state : int, RandomState or None, default=None

    Returns
    -------
    int
        Always one of ks.

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import choose_n_components
    >>> rng = np.random.default_rng(0)
    >>> S = rng.exponential(size=(120, 4)) @ rng.exponential(size=(4, 90))
    >>> choose_n_components(np.maximum(S + 0.3 * rng.standard_normal(S.shape), 0), range(1, 9), random_state=0)
    4
    """
    numbers = checked_ks(ks)
    if len(numbers) < 3:
        raise ValueError(
            f"choose_n_components compares numbers of parts and wants three or more, got {list(numbers)}. "
            "Try range(1, 21)."
        )
    report = rank_report(X, numbers, n_restarts=0, random_state=random_state)
    if report.recommended is None or not report.complete:
        raise KeyboardInterrupt if not report.complete else ValueError(report.sentence)
    return report.recommended
