"""The shapes of answers, for the API's description; what is sent is not checked against them again."""

from typing import Any

from pydantic import BaseModel, Field


class Refusal(BaseModel):
    """Why something was not done."""

    error: str = Field(description="What happened.")
    hint: str = Field(description="What to do about it.")
    field: str | None = Field(default=None, description="Which field of a form is wrong.")


class TileFacts(BaseModel):
    """Where pictures stand on thumbnail sheets."""

    cell: int
    width: int
    height: int
    per_row: int
    per_sheet: int
    sheets: int


class PartFacts(BaseModel):
    """What a part does."""

    number: int
    name: str | None
    light: float = Field(description="Share of all light.")
    used: int = Field(description="Pictures of whose light it gives more than 1 %.")
    sparsity: float = Field(description="Hoyer's: 0 spread evenly, 1 a single pixel.")
    max: float
    p99: float
    std: float
    mean: float
    top: list[int] = Field(description="Its strongest pictures, exact duplicates once.")
    stability: float | None = Field(
        description="How surely it comes back from other starts, 0 to 1; null where the run was made of one."
    )
    sureness: str | None = Field(description="The same in a word: firm, fair or shaky.")


class FileFacts(BaseModel):
    """A file to download."""

    name: str
    title: str
    bytes: int | None = Field(description="null where it is written when asked for.")


class RunFacts(BaseModel):
    """A run."""

    name: str
    generation: str = Field(
        description="Changes with the run and its catalogue; send it as ?v= to let answers be kept."
    )
    n: int = Field(description="Number of pictures.")
    k: int = Field(description="Number of parts.")
    shape: list[int] = Field(description="(height, width) or (height, width, 3).")
    signed: bool = Field(description="Whether parts have negative values.")
    kind_of_model: str
    tile: TileFacts
    labels: list[str] | None
    facts: dict[str, Any]
    findings: list[list[str]] = Field(description="(label, value, aside).")
    goal: float | None = Field(description="KKT residual that the fit was to come to.")
    history: list[list[float | None]] = Field(description="(iteration, seconds, error, KKT residual).")
    history_is: str
    made_with: dict[str, Any]
    notes: list[str]
    parts: list[PartFacts]
    files: list[FileFacts]


class WeightCounts(BaseModel):
    """How often weights of each size occur, zeros apart."""

    counts: list[int]
    low: float
    max: float
    zero: int


class Strongest(BaseModel):
    """A picture that uses a part much."""

    number: int
    weight: float


class PartInFull(PartFacts):
    """What a part does, and where."""

    strongest: list[Strongest]
    weights: WeightCounts


class Named(BaseModel):
    """A part and its name."""

    number: int
    name: str


class Columns(BaseModel):
    """All pictures, column by column."""

    generation: str
    number: list[int]
    name: list[str]
    label: list[str] | None
    error: list[float] = Field(description="Relative error of the reconstruction.")


class Order(BaseModel):
    """Rows into the columns of all pictures."""

    generation: str
    rows: list[int]
    values: list[float] | None = Field(default=None, description="Weights of the part, in this order.")


class PictureFacts(BaseModel):
    """One picture."""

    number: int
    row: int
    name: str
    label: str | None
    width: int | None
    height: int | None
    bytes: int | None
    sha256: str
    added: str
    source: str = Field(description='"fit": the model learned from it; "added": it came later.')
    error: float
    code: list[float]
    shares: list[float] = Field(description="What each part gives of its light; together 1.")
    repeats: list[int] = Field(description="Numbers with the same content.")


class Removed(BaseModel):
    """What was taken out of the catalogue; the files stay."""

    removed: list[int]


class HitFacts(BaseModel):
    """A picture that was found."""

    number: int
    row: int
    name: str
    label: str | None
    score: float


class QueryFacts(BaseModel):
    """What was searched with."""

    number: int | None
    name: str
    code: list[float]


class Results(BaseModel):
    """Who is most and least like a query."""

    query: QueryFacts
    measure: str
    similar: list[HitFacts]
    dissimilar: list[HitFacts]
    n: int = Field(description="How many were ranked.")
    milliseconds: float


class Why(BaseModel):
    """Two codes compared: `shared`, `more_in_a` and `more_in_b` together add up to 1."""

    cosine: float
    shared: list[float]
    more_in_a: list[float]
    more_in_b: list[float]
    a: list[float]
    b: list[float]


class Coded(BaseModel):
    """A picture that was sent, as the model sees it."""

    name: str
    code: list[float]
    error: float
    width: int
    height: int
    pixels: list[float]


class Nearest(BaseModel):
    """The real picture nearest to a code."""

    number: int
    row: int
    name: str
    distance: float


class Plane(BaseModel):
    """All pictures in two dimensions."""

    method: str
    methods: list[str]
    x: list[float]
    y: list[float]
    axes: list[str]


class PlaneComing(BaseModel):
    """A map that is still being laid out."""

    method: str
    methods: list[str]
    state: str
    seconds: float


class Contrast(BaseModel):
    """What sets a selection apart in one part."""

    number: int
    mean: float
    overall: float
    contrast: float


class SelectionFacts(BaseModel):
    """What sets a selection apart, most first."""

    count: int
    parts: list[Contrast]


class Groups(BaseModel):
    """Pictures that are nearly the same."""

    groups: list[list[int]]
    exact: list[bool]


REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Refusal, "description": "Refused: what happened and what to do."}
}


def answered(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Describe an answer."""
    about = (model.__doc__ or "").splitlines()[0]
    return {status: {"model": model, "description": about}}


def bytes_answered(media: str, about: str) -> dict[int | str, dict[str, Any]]:
    """Describe an answer that is no JSON."""
    return {200: {"description": about, "content": {media: {"schema": {"type": "string", "format": "binary"}}}}}
