"""The pages on what the insatser are for: the list, and one insats with its versions, from the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.catalogue import INSATSER, Insats, Rule
from contracts.catalogue.description import describe
from contracts.catalogue.sources import readable, sources_text
from contracts.catalogue.vocabulary import word_label
from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages

_PAGES: Final = Pages(Path(__file__).parent / "templates")

_Anyone = Annotated[User, Depends(signed_in(*sorted(frozenset(Role) - {Role.DATA_PROTECTION})))]


@dataclass(frozen=True)
class Listed:
    """An insats in the list: what it is, and whether it has rules today."""

    insats: Insats
    kinds: str
    rule: Rule | None


@dataclass(frozen=True)
class Association:
    """An association and its insatser, in the order of their names."""

    name: str
    listed: tuple[Listed, ...]


def insatser_router() -> APIRouter:
    """The routes ``/insatser`` and ``/insatser/<id>``, for whoever is signed in."""
    router = APIRouter(include_in_schema=False)

    @router.get("/insatser")
    async def insatser(request: Request, runtime: RuntimeOf, _user: _Anyone) -> Response:
        today = local_date(runtime.clock.now())
        return _PAGES.page(request, "insatser.html", {"associations": associations(today)})

    @router.get("/insatser/{insats_id}")
    async def insats(
        request: Request,
        insats_id: str,
        runtime: RuntimeOf,
        _user: _Anyone,
        version: Annotated[int | None, Query()] = None,
    ) -> Response:
        chosen = INSATSER.get(insats_id)
        if chosen is None:
            raise NotFound("insats_unknown", "Insatsen finns inte i katalogen. Se listan över insatser.")
        values = shown(chosen, version, local_date(runtime.clock.now()))
        return _PAGES.page(request, "insats.html", values)

    return router


def associations(today: date) -> Sequence[Association]:
    """The insatser by association, in the order of the associations' list of words."""
    by_association: dict[str, list[Listed]] = {}
    for insats in sorted(INSATSER.values(), key=lambda each: each.name):
        by_association.setdefault(insats.association, []).append(
            Listed(insats, _kinds(insats), insats.rule_on(today))
        )
    ordered = sorted(by_association.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(Association(word_label("associations", name), tuple(listed)) for name, listed in ordered)


def shown(insats: Insats, version: int | None, today: date) -> dict[str, Any]:
    """What the page on an insats shows: the version asked for, else that of today, else the last there was.

    Raises NotFound for a version the insats does not have.
    """
    current = insats.rule_on(today)
    rule = current or insats.versions[-1]
    if version is not None:
        try:
            rule = insats.rule(version)
        except KeyError:
            raise NotFound("version_unknown", f"{insats.name} har ingen version {version}.") from None
    purpose = insats.purpose
    return {
        "insats": insats,
        "kinds": _kinds(insats),
        "association": word_label("associations", insats.association),
        "parties": [word_label("members", member.value) for member in insats.parties],
        "purpose_sources": sources_text(purpose.source) if purpose else (),
        "rule": rule,
        "current": current,
        "parts": describe(rule, INSATSER),
        "sources": [(each.version, sources_text(each.sources)) for each in insats.lineage(rule)],
        "readings": [readable(reading) for each in insats.lineage(rule) for reading in each.readings],
    }


def _kinds(insats: Insats) -> str:
    return " och ".join(word_label("kinds", kind) for kind in insats.kinds)
