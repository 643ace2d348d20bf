"""Figures from arrays: each function takes arrays and returns a Matplotlib Figure, in one style, and keeps nothing."""

from partwise.plots.beside import components_beside
from partwise.plots.candidates import candidate_curves, candidate_pictures, candidate_words
from partwise.plots.clustermap import clustermap
from partwise.plots.consensus_map import consensus_map
from partwise.plots.contact_sheet import Card, contact_sheet
from partwise.plots.contributions import contribution_maps
from partwise.plots.convergence import convergence
from partwise.plots.deep_tree import deep_tree
from partwise.plots.growing import growing_reconstructions
from partwise.plots.matched import matched_pictures, matched_words
from partwise.plots.overview import how_it_works
from partwise.plots.parts import parts_gallery
from partwise.plots.plane import parts_in_the_plane
from partwise.plots.profiles import profiles_gallery
from partwise.plots.rank import rank_criteria
from partwise.plots.reconstructions import reconstructions
from partwise.plots.recovered import recovered_sources
from partwise.plots.restored import restored
from partwise.plots.rivals import rivals
from partwise.plots.samples import top_samples
from partwise.plots.spectra import spectra_gallery
from partwise.plots.spectrograms import spectrograms
from partwise.plots.stability import stability_bars, stability_pictures
from partwise.plots.stable_spectra import stability_spectra
from partwise.plots.standings import Standing, standings
from partwise.plots.strongest import top_pictures
from partwise.plots.style import ERROR, HEAT, PARTS, PARTS_GREY, PICTURE, STYLE, styled
from partwise.plots.sums import sum_of_parts
from partwise.plots.topic_tree import topic_tree
from partwise.plots.topics import topic_bars
from partwise.plots.usage import usage
from partwise.plots.why import why_alike

__all__ = [
    "ERROR",
    "HEAT",
    "PARTS",
    "PARTS_GREY",
    "PICTURE",
    "STYLE",
    "Card",
    "Standing",
    "candidate_curves",
    "candidate_pictures",
    "candidate_words",
    "clustermap",
    "components_beside",
    "consensus_map",
    "contact_sheet",
    "contribution_maps",
    "convergence",
    "deep_tree",
    "growing_reconstructions",
    "how_it_works",
    "matched_pictures",
    "matched_words",
    "parts_gallery",
    "parts_in_the_plane",
    "profiles_gallery",
    "rank_criteria",
    "reconstructions",
    "recovered_sources",
    "restored",
    "rivals",
    "spectra_gallery",
    "spectrograms",
    "stability_bars",
    "stability_pictures",
    "stability_spectra",
    "standings",
    "styled",
    "sum_of_parts",
    "top_pictures",
    "top_samples",
    "topic_bars",
    "topic_tree",
    "usage",
    "why_alike",
]
