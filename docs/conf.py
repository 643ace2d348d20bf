"""How the documentation is built."""

import importlib.metadata

project = "partwise"
author = "The partwise founders"
release = importlib.metadata.version("partwise")
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_nav_level": 2, "navigation_with_keys": False}
numpydoc_show_class_members = False
autodoc_typehints = "none"
exclude_patterns = ["_build"]
