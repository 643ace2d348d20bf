"""The options that several commands share, said once."""

import math
from pathlib import Path
from typing import Annotated, Any

import typer

TEXTS = "Texts"  # the heading of their options


def parse_components(text: str) -> Any:
    """Return a number of parts, or a tuple of several; that they are whole and at least 1 is for the model to say."""
    try:
        counts = [int(one) if one.strip().removeprefix("-").isdecimal() else float(one) for one in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"It wants a whole number, got {text!r}.") from None
    return counts[0] if len(counts) == 1 else tuple(counts)


def parse_share(text: str) -> float:
    """Return how many documents, a whole number, or what share of them, a float; bounds are for the reader to say."""
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        wanted = "a number of documents, or a share such as 0.01"
        raise typer.BadParameter(f"It wants {wanted}, got {text!r}.") from None


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
        "recording, or a sample: orl, olivetti, lfw, digits, newsgroups, all-aml, signals."
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
Color = Annotated[str, typer.Option("--color", help="gray or rgb.")]
Size = Annotated[str | None, typer.Option("--size", metavar="HxW", help="Bring pictures to this size, such as 64x64.")]
Resize = Annotated[str, typer.Option("--resize", help="Other proportions: crop, pad or stretch.")]
DropDuplicates = Annotated[
    bool, typer.Option("--drop-duplicates", help="Keep one of several files with the same content.")
]
MaxPixels = Annotated[int, typer.Option("--max-pixels", help="Skip larger pictures before decoding them.")]
FollowLinks = Annotated[bool, typer.Option("--follow-links", help="Read links that point outside the folder.")]
DataHome = Annotated[
    str | None,
    typer.Option(
        "--data-home",
        help="Where scikit-learn keeps its data sets; it reads them with pickle, so name only a folder that you trust.",
    ),
]
Window = Annotated[int | None, typer.Option("--window", metavar="SAMPLES", help="Length of a recording's frames.")]
Hop = Annotated[
    int | None, typer.Option("--hop", metavar="SAMPLES", help="From one frame to the next; a quarter of the window.")
]
MaxSeconds = Annotated[
    float | None, typer.Option("--max-seconds", help="Read only so much of a recording; 600 unless given.")
]
Loss = Annotated[
    str | None,
    typer.Option("--loss", help="frobenius (unless given), kullback-leibler, itakura-saito, or a number (beta)."),
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text-column", metavar="NAME", help="The column of texts in a .csv or .jsonl.", rich_help_panel=TEXTS
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option("--label-column", metavar="NAME", help="The column of their labels.", rich_help_panel=TEXTS),
]
StopWords = Annotated[
    str | None,
    typer.Option(
        "--stop-words",
        metavar="WORDS",
        help="Words left out: english (unless given), none, or a file of words.",
        rich_help_panel=TEXTS,
    ),
]
MinDf = Annotated[
    float | None,
    typer.Option(
        "--min-df",
        metavar="N",
        parser=parse_share,
        help="Leave out words of fewer documents: 2 unless given, or a share such as 0.01.",
        rich_help_panel=TEXTS,
    ),
]
MaxDf = Annotated[
    float | None,
    typer.Option(
        "--max-df",
        metavar="N",
        parser=parse_share,
        help="Leave out words of more documents: a share, 0.95 unless given, or their number.",
        rich_help_panel=TEXTS,
    ),
]
MaxFeatures = Annotated[
    int | None, typer.Option("--max-features", help="Keep so many words, the most frequent.", rich_help_panel=TEXTS)
]
Ngrams = Annotated[
    int | None,
    typer.Option("--ngrams", metavar="N", help="Up to so many words in a row count as one.", rich_help_panel=TEXTS),
]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights",
        help="tfidf (unless given), or counts, which suit Kullback-Leibler.",
        rich_help_panel=TEXTS,
    ),
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
Parts = Annotated[int | None, typer.Option("--parts", help="Show only so many of the strongest parts.")]


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Return (height, width) of a text such as '64x48'; ValueError with the form to use."""
    if text is None:
        return None
    height, _, width = text.lower().partition("x")
    if height.isdecimal() and width.isdecimal() and int(height) > 0 and int(width) > 0:
        return int(height), int(width)
    raise ValueError(f"--size wants height x width, such as 64x64, got {text!r}.")


def number_or_name(loss: str) -> str | float:
    """Return a loss as its exponent where it is a number, else as it is: the model knows the names."""
    try:
        beta = float(loss)
    except ValueError:
        return loss
    return beta if math.isfinite(beta) else loss
