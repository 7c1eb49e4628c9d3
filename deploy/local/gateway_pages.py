"""The gateway's own page, for when no service has one. It brings its own style: nobody else may be there."""

from string import Template
from typing import Final

_PAGE: Final = Template("""<!doctype html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title – Samspel</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1.0625rem/1.6 system-ui, sans-serif; margin: 18vh auto 0; }
  body { max-width: 34rem; padding: 0 1.25rem; }
  h1 { font-size: 1.5rem; line-height: 1.25; }
  a { color: inherit; }
</style>
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


def page(title: str, text: str) -> str:
    """A page with a heading and a sentence. Both must be HTML already."""
    return _PAGE.substitute(title=title, text=text)
