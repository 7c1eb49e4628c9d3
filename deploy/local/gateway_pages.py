"""The gateway's own page, for when no service has one. It brings its own style: nobody else may be there."""

import base64
import hashlib
from collections.abc import Mapping
from string import Template
from typing import Final

_STYLE: Final = """
  :root { color-scheme: light dark; }
  body { font: 1.0625rem/1.6 system-ui, sans-serif; margin: 18vh auto 0; }
  body { max-width: 34rem; padding: 0 1.25rem; }
  h1 { font-size: 1.5rem; line-height: 1.25; }
  a { color: inherit; }
"""

_PAGE: Final = Template("""<!doctype html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title – Samspel</title>
<style>$style</style>
</head>
<body>
<main>
<h1>$title</h1>
<p>$text</p>
<p><a href="">Försök igen</a> · <a href="/">Till startsidan</a></p>
</main>
</body>
</html>
""")


_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# Nothing runs in this page, and no style but its own counts.
HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def page(title: str, text: str) -> str:
    """A page with a heading and a sentence. Both must be HTML already."""
    return _PAGE.substitute(title=title, text=text, style=_STYLE)
