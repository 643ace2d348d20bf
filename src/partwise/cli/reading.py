"""The options that say how a source is read: declared once, and taken by a command as one ``reading``."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer


def parse_share(text: str) -> float:
    """Return how many documents, a whole number, or what share of them, a float; bounds are for the reader to say."""
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        wanted = "a number of documents, or a share such as 0.01"
        raise typer.BadParameter(f"It wants {wanted}, got {text!r}.") from None


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
TextColumn = Annotated[
    str | None,
    typer.Option("--text-column", metavar="NAME", help="The column of texts in a .csv or .jsonl."),
]
LabelColumn = Annotated[
    str | None,
    typer.Option("--label-column", metavar="NAME", help="The column of their labels."),
]
StopWords = Annotated[
    str | None,
    typer.Option(
        "--stop-words", metavar="WORDS", help="Words left out: english (unless given), none, or a file of words."
    ),
]
MinDf = Annotated[
    float | None,
    typer.Option(
        "--min-df",
        metavar="N",
        parser=parse_share,
        help="Leave out words of fewer documents: 2 unless given, or a share such as 0.01.",
    ),
]
MaxDf = Annotated[
    float | None,
    typer.Option(
        "--max-df",
        metavar="N",
        parser=parse_share,
        help="Leave out words of more documents: a share, 0.95 unless given, or their number.",
    ),
]
MaxFeatures = Annotated[int | None, typer.Option("--max-features", help="Keep so many words, the most frequent.")]
Ngrams = Annotated[
    int | None,
    typer.Option("--ngrams", metavar="N", help="Up to so many words in a row count as one."),
]
Weights = Annotated[
    str | None,
    typer.Option("--weights", help="tfidf (unless given), or counts, which suit Kullback-Leibler."),
]

# by the names that `partwise.tasks.read.Reading` has for them, with what counts where they are not given
OPTIONS: dict[str, tuple[Any, Any]] = {
    "color": (Color, "gray"),
    "size": (Size, None),
    "resize": (Resize, "crop"),
    "drop_duplicates": (DropDuplicates, False),
    "max_pixels": (MaxPixels, 50_000_000),
    "follow_links": (FollowLinks, False),
    "data_home": (DataHome, None),
    "window": (Window, None),
    "hop": (Hop, None),
    "max_seconds": (MaxSeconds, None),
    "text_column": (TextColumn, None),
    "label_column": (LabelColumn, None),
    "stop_words": (StopWords, None),
    "min_df": (MinDf, None),
    "max_df": (MaxDf, None),
    "max_features": (MaxFeatures, None),
    "ngrams": (Ngrams, None),
    "weights": (Weights, None),
}


def reads_a_source(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, in the place of its parameter ``reading``; it gets them as one mapping."""
    asked = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in OPTIONS.items()
    ]
    parameters: list[inspect.Parameter] = []
    for one in inspect.signature(command).parameters.values():
        parameters += asked if one.name == "reading" else [one.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    signature = inspect.Signature(parameters, return_annotation=None)

    @wraps(command)
    def taking_them(**given: Any) -> None:
        bound = signature.bind(**given)
        bound.apply_defaults()
        reading = {name: bound.arguments.pop(name) for name in OPTIONS}
        command(**bound.arguments, reading=reading | {"size": parse_size(reading["size"])})

    # typer asks for both
    taking_them.__signature__ = signature  # type: ignore[attr-defined]
    taking_them.__annotations__ = {one.name: one.annotation for one in parameters}
    return taking_them


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Return (height, width) of a text such as '64x48'; ValueError with the form to use."""
    if text is None:
        return None
    height, _, width = text.lower().partition("x")
    if height.isdecimal() and width.isdecimal() and int(height) > 0 and int(width) > 0:
        return int(height), int(width)
    raise ValueError(f"--size wants height x width, such as 64x64, got {text!r}.")
