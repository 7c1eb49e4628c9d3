"""A service's API, shown by Swagger UI. Every file comes from here: it works without the Internet."""

from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route

# Swagger UI's own files, as the package fastapi-swagger ships them.
_BUNDLE: Final = Path(str(files("fastapi_swagger") / "resources"))
_FILES: Final = {
    "swagger-ui-bundle.js": _BUNDLE / "swagger-ui-bundle.js",
    "swagger-ui.css": _BUNDLE / "swagger-ui.css",
    "gateway_docs.js": Path(__file__).parent / "gateway_docs.js",
}
# As on every page; besides, Swagger UI's style sheet holds its icons as data.
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Samspel: $service</title>
<link rel="icon" href="/static/samspel.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs-files/swagger-ui.css">
<script src="/docs-files/swagger-ui-bundle.js" defer></script>
<script src="/docs-files/gateway_docs.js" defer></script>
</head>
<body>
<main id="documentation" data-document="/$service/openapi.json"></main>
</body>
</html>
""")


def documentation(service: str) -> Response:
    """The page of a service's API."""
    return HTMLResponse(_PAGE.substitute(service=escape(service)), headers=_HEADERS)


def documentation_files() -> Mount:
    """What the page is made of."""
    return Mount("/docs-files", routes=[Route("/{name}", _file)])


async def _file(request: Request) -> Response:
    path = _FILES.get(request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, headers={"x-content-type-options": "nosniff"})
