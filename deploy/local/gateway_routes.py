"""Which service answers which address. No other rule is hidden in the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# A prefix covers itself and everything below it. The longest that fits decides.
PREFIXES: Final[Mapping[str, str]] = {
    "/api/referral": "referral",
    "/anmalningar": "referral",
    "/mina-anmalningar": "referral",
    "/konsultationer": "referral",
    "/anmal-dig": "referral",
    "/lasloggen": "referral",
    "/api/planning": "planning",
    "/tider": "planning",
    "/arenden": "planning",
    "/mina-deltagare": "planning",
    "/partens-arenden": "planning",
    "/api/followup": "followup",
    "/uppfoljningar": "followup",
    "/api/reporting": "reporting",
    "/rapport": "reporting",
    "/rapporter": "reporting",
    "/projektledare": "reporting",
    "/ekonomi": "reporting",
    "/avvikelser": "reporting",
    "/insatser": "reporting",
    "/logga-in": "reporting",
    "/logga-ut": "reporting",
    "/api/sign-in": "reporting",
    "/static": "reporting",
    "/utseende": "reporting",
    "/tillganglighet": "reporting",
}
# What lies below one thing of a prefix and is answered by another service: /arenden/<case>/historik.
BELOW: Final[Mapping[tuple[str, str], str]] = {("/arenden", "historik"): "reporting"}
START_PAGE: Final = "reporting"
# Asked of the start page's service for any address that nobody has. No other address may stand here: services answer
# some, /metrics among them, that are not for everybody.
NO_SUCH_PAGE: Final = b"/sidan-finns-inte"


# What every service has of its own, reached as /<service>/... and asked for without that prefix. Metrics are not
# among it: Prometheus asks each process at its own port.
OPERATIONS: Final = ("health", "openapi.json")


@dataclass(frozen=True)
class Target:
    """A service and the path to ask it for."""

    service: str
    path: bytes


def target_of(raw_path: bytes) -> Target | None:
    """Who answers a path (as the client wrote it, percent-encoding and all), or None when nobody does."""
    if raw_path == b"/":
        return Target(START_PAGE, raw_path)
    segments = raw_path.decode("ascii", "replace").split("/")
    first = "/".join(segments[:2])
    below = BELOW.get((first, segments[3])) if len(segments) > 3 else None
    service = below or PREFIXES.get(first) or PREFIXES.get("/".join(segments[:3]))
    if service is not None:
        return Target(service, raw_path)
    if len(segments) > 2 and segments[1] in PREFIXES.values() and segments[2] in OPERATIONS:
        return Target(segments[1], raw_path.removeprefix(first.encode()))
    return None
