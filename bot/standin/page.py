"""The web chat: one page with its own style and script, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.standin.state import World

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".html": "text/html", ".svg": "image/svg+xml"}


def page_routes(world: World) -> list[Route]:
    """The page at `/` and its files under `/static/`."""
    files = {path.name: path for path in STATIC.iterdir() if path.suffix in TYPES}

    async def page(request: Request) -> Response:
        headers = {"Content-Security-Policy": _policy(world.panel_url), "Cache-Control": "no-store"}
        return Response(files["index.html"].read_bytes(), 200, headers, "text/html")

    async def static(request: Request) -> Response:
        path = files.get(request.path_params["name"])
        if path is None:
            return Response("Not Found", 404)
        return Response(path.read_bytes(), 200, {"Cache-Control": "no-cache"}, TYPES[path.suffix])

    return [Route("/", page), Route("/static/{name}", static)]


def _policy(panel_url: str) -> str:
    """Everything from this server, except the frame of the panel."""
    panel = urlsplit(panel_url)
    frame = f"{panel.scheme}://{panel.netloc}" if panel.netloc else "'none'"
    return (
        f"default-src 'self'; frame-src {frame}; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )
