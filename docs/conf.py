"""The site: `make docs`. What makes its pages is in `codegen/site/`."""

from __future__ import annotations

import sys
from pathlib import Path

# For `sphinx-build` alone; `make docs` runs it from the folder of the project.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dulcimer import __version__

project = "dulcimer"
author = "the authors of dulcimer"
version = release = __version__
copyright = "the authors of dulcimer, MIT licence"

extensions = ["myst_parser", "sphinx.ext.autodoc", "codegen.site.extension"]
exclude_patterns = ["_build"]
nitpicky = True
# Signatures name types of other packages, and of dulcimer, that have no page. The roles of `dul` are all checked.
nitpick_ignore_regex = [(r"py:.*", r".*")]

myst_enable_extensions = ["attrs_block", "attrs_inline", "deflist", "fieldlist"]
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]

# Docstrings write names in single backticks.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True

# A page has the characters that its source has: what a reader copies is what a program prints or takes. To look for
# quotes in each of 300,000 pieces of text was also a tenth of the build.
smartquotes = False

html_theme = "furo"
html_title = "dulcimer"
html_static_path = ["_static"]
html_css_files = ["dulcimer.css"]
html_copy_source = False
html_show_sphinx = False
