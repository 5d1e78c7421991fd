"""`/healthz`, `/readyz`, `/metrics`: for machines, without personal data."""

from collections.abc import Callable, Iterable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.console.desk import Desk
from bot.console.metrics import DatabaseMetrics


def router(
    desk: Desk, readiness: Callable[[], Mapping[str, bool]], collectors: Iterable[Collector]
) -> APIRouter:
    routes = APIRouter()
    # A registry of its own: two applications of one process do not mix their figures.
    registry = CollectorRegistry()
    registry.register(DatabaseMetrics(desk.database, desk.clock, desk.house))
    for collector in collectors:
        registry.register(collector)

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz", responses={503: {"description": "A message would not be answered."}})
    def readyz() -> Response:
        checks = dict(readiness())
        ready = all(checks.values())
        return JSONResponse(
            {"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503
        )

    @routes.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return routes
