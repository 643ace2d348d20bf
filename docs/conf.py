"""How the documentation is built: `make docs`. Nothing is fetched, at build time or by the pages."""

import importlib.metadata
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
sys.path[:0] = [str(HERE), str(EXAMPLES)]
os.environ["PARTWISE_EXAMPLES_PAGE"] = "1"

from extensions.gallery import runnable  # noqa: E402
from extensions.public_names import ROOMS, names_of  # noqa: E402

project = "partwise"
author = "The partwise founders"
copyright = author
release = importlib.metadata.version("partwise")
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "extensions.partwise_docs",
]
default_role = "code"
templates_path = ["_templates"]
exclude_patterns = ["_build"]
nitpicky = False

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autosummary_generate = True
autosummary_context = {"public_names": {room: names_of(room) for room in ROOMS}}
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": [str(EXAMPLES)],
    "gallery_dirs": ["examples"],
    "filename_pattern": runnable(EXAMPLES),
    "ignore_pattern": r"(example_data|showing)\.py",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("extensions.gallery.shown_figures",),
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("partwise",),
    "notebook_extensions": set(),  # a notebook alone has not the examples' own modules
    "download_all_examples": False,
    "write_computation_times": False,
    "show_signature": False,
    "thumbnail_size": (560, 360),
    "capture_repr": (),
}

html_theme = "pydata_sphinx_theme"
html_title = "partwise"
html_static_path = ["_static"]
html_css_files = ["partwise.css"]
html_favicon = "_static/icon.svg"
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "partwise", "image_light": "_static/icon.svg", "image_dark": "_static/icon.svg"},
    "show_nav_level": 2,
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
ALONE = ("index", "getting-started", "guide", "sources", "command-line", "registries")  # pages without pages below
html_sidebars = {page: [] for page in ALONE}
