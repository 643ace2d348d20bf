"""The API, one file a noun."""

from fastapi import APIRouter

from partwise.web.api import codes, files, fits, likeness, parts, pictures, ranks, run, search
from partwise.web.api import map as plane
from partwise.web.api.answers import REFUSALS
from partwise.web.refusing import Answer

api = APIRouter(prefix="/api", default_response_class=Answer, responses=REFUSALS)
for noun in (run, parts, pictures, search, likeness, codes, plane, fits, ranks, files):
    api.include_router(noun.router)

__all__ = ["api"]
