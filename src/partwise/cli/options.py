"""The options that several commands share, said once."""

from pathlib import Path
from typing import Annotated

import typer


def parse_components(text: str) -> float:
    """Return a number of parts; that it is whole and at least 1 is for the model to say, in its own words."""
    try:
        return int(text) if text.removeprefix("-").isdecimal() else float(text)
    except ValueError:
        raise typer.BadParameter(f"It wants a whole number, got {text!r}.") from None


Components = Annotated[
    float, typer.Option("--components", "-k", metavar="K", parser=parse_components, help="Number of parts.")
]
Source = Annotated[
    str,
    typer.Argument(help="A folder of pictures, a .npy, .npz or .csv matrix, or a sample: orl, olivetti, lfw, digits."),
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
DataHome = Annotated[str | None, typer.Option("--data-home", help="Where scikit-learn keeps its data sets.")]
Loss = Annotated[str, typer.Option("--loss", help="frobenius, kullback-leibler, itakura-saito, or a number (beta).")]
SolverName = Annotated[
    str | None,
    typer.Option("--solver", help="cd (or hals), bpp, pg (or nenmf), newton, mu; chosen by the loss unless given."),
]
Init = Annotated[str | None, typer.Option("--init", help="random, nndsvd, nndsvda or nndsvdar.")]
MaxIter = Annotated[int, typer.Option("--max-iter", help="Limit of iterations.")]
Tol = Annotated[float, typer.Option("--tol", help="KKT residual below which the fit has converged.")]
Alpha = Annotated[float, typer.Option("--alpha", help="Weight of the penalty of codes and parts.")]
L1Ratio = Annotated[float, typer.Option("--l1-ratio", help="Share of L1 in the penalty, 0 to 1.")]
Checkpoint = Annotated[
    Path | None,
    typer.Option("--checkpoint", metavar="PATH", help="Keep the fit in this file, to go on from."),
]
CheckpointEvery = Annotated[
    float, typer.Option("--checkpoint-every", metavar="SECONDS", help="Time between two checkpoints.")
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
