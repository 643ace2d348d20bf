"""The options that several commands share, said once."""

import math
from pathlib import Path
from typing import Annotated, Any

import typer


def parse_components(text: str) -> Any:
    """Return a number of parts, or a tuple of several; that they are whole and at least 1 is for the model to say."""
    try:
        counts = [int(one) if one.strip().removeprefix("-").isdecimal() else float(one) for one in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"It wants a whole number, got {text!r}.") from None
    return counts[0] if len(counts) == 1 else tuple(counts)


Components = Annotated[
    Any,
    typer.Option(
        "--components",
        "-k",
        metavar="K",
        parser=parse_components,
        help="Number of parts; for --model deep that of each layer, such as 100,49,10.",
    ),
]
Model = Annotated[str, typer.Option("--model", help="nmf, opnmf, deep or mini-batch.")]
Kind = Annotated[
    str | None, typer.Option("--kind", help="Of a deep model: multilayer, semi or kl; multilayer unless given.")
]
Orientation = Annotated[
    str | None, typer.Option("--orientation", help="Of opnmf: parts over features, or over samples.")
]
Source = Annotated[
    str,
    typer.Argument(
        help="A folder of pictures or of .txt files, a .npy, .npz or .csv matrix, texts in a .csv or .jsonl, a "
        "recording, or a sample: orl, olivetti, lfw, digits, newsgroups, all-aml, signals, swimmer."
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]
WithoutSamples = Annotated[
    bool, typer.Option("--force", help="Where the samples are gone, replace a report that shows them by one without.")
]
Open = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]
Seed = Annotated[int, typer.Option("--seed", help="Of everything that is drawn at random.")]
Loss = Annotated[
    str | None,
    typer.Option("--loss", help="frobenius (unless given), kullback-leibler, itakura-saito, or a number (beta)."),
]
SOLVERS = "hals (or cd), bpp, pg (or nenmf), newton, mu, hals-plain, als, lin, gd"
SolverName = Annotated[
    str | None,
    typer.Option(
        "--solver", help=f"{SOLVERS}; chosen by the loss unless given. Of opnmf: lbfgs (unless given), multiplicative."
    ),
]
Init = Annotated[str | None, typer.Option("--init", help="random, nndsvd, nndsvda or nndsvdar.")]
MaxIter = Annotated[
    int | None, typer.Option("--max-iter", help="Limit of iterations; the model's own unless given (nmf: 200).")
]
Tol = Annotated[
    float | None,
    typer.Option("--tol", help="KKT residual below which the fit has converged; the model's own unless given."),
]
Alpha = Annotated[float | None, typer.Option("--alpha", help="Weight of the penalty of codes and parts.")]
L1Ratio = Annotated[float | None, typer.Option("--l1-ratio", help="Share of L1 in the penalty, 0 to 1.")]
Checkpoint = Annotated[
    Path | None,
    typer.Option("--checkpoint", metavar="PATH", help="Keep the fit in this file, to go on from."),
]
CheckpointEvery = Annotated[
    float | None,
    typer.Option("--checkpoint-every", metavar="SECONDS", help="Time between two checkpoints; 60 unless given."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint; begin where there is none yet.")]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="What the program may take, such as 600MB or 2GiB; a source too large for it stays on disk.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="WHERE",
        help="Learn on the workers of a dask cluster: local:N starts N of them here, tcp://HOST:PORT is a scheduler.",
    ),
]
Parts = Annotated[int | None, typer.Option("--parts", help="Show only so many of the strongest parts.")]


def number_or_name(loss: str) -> str | float:
    """Return a loss as its exponent where it is a number, else as it is: the model knows the names."""
    try:
        beta = float(loss)
    except ValueError:
        return loss
    return beta if math.isfinite(beta) else loss
