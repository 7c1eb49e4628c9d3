"""Siffror: every figure of a period with how it is counted, its cells, and the cases that each cell counts."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.codes import Role
from contracts.indicators import Indicator
from contracts.indicators.declaration import Average, LargestGroup
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.names import NameClient
from services.chassis.pages import Pages, token_of
from services.chassis.project_leaders import CASEWORK, require_insats
from services.reporting import store
from services.reporting.domain.definitions import definition
from services.reporting.domain.periods import Period
from services.reporting.indicators import DECLARED, NotValid, figure_of
from services.reporting.web.figure_tables import (
    Address,
    FigureTable,
    average_texts,
    table_of_averages,
    table_of_counts,
)
from services.reporting.web.periods import asked_period, choices, known_day, known_until, today_of
from services.reporting.web.project_leader import insats_breakdown
from services.reporting.web.row_labels import row_label

_PAGES: Final = Pages(Path(__file__).parent / "templates")
# As many names as the vault answers at once.
_SHOWN: Final = 200
_Reader = Annotated[User, Depends(signed_in(*CASEWORK, Role.OPERATIONS))]
_ReaderOfOne = Annotated[User, Depends(signed_in(*CASEWORK, Role.OPERATIONS, Role.PROJECT_LEADER))]
# Their streams are no participant's: a consultation, a person put forward, a group, a session, answers to a survey.
_WITHOUT_CASES: Final = frozenset(
    {"consultation", "put_forward", "course_group", "group_session", "team_session", "survey_answer", "deviation"}
)
_Version = Annotated[int | None, Query(ge=1, le=1000)]
_ALL_CELLS: Final = {"alla": "true"}
_BEFORE_ALL: Final = UUID(int=0)


def figures_router(referral_url: str) -> APIRouter:
    """The pages under /rapport/<period>/siffror. Names are read at ``referral_url``."""
    names = NameClient(referral_url)
    router = APIRouter(prefix="/rapport/{period_id}/siffror", include_in_schema=False)

    @router.get("")
    async def all_figures(
        request: Request, period_id: str, runtime: RuntimeOf, _user: _Reader, kand: Day | None = None
    ) -> Response:
        """``kand``: only what had been registered by the end of that day counts."""
        today = today_of(runtime)
        known_on = known_day(kand, today)
        period = asked_period(period_id, today)
        async with runtime.pool.acquire() as connection:
            counts = await store.period_counts(connection, period, known_until(known_on))
            averages = await store.period_averages(connection, period, known_until(known_on))
        rows = [(each.indicator, str(each.total())) for each in counts.values()]
        wholes = [(each.indicator, average_texts(each.whole()), each.whole().count) for each in averages.values()]
        values = {"choices": choices(period, today, "/siffror", known_on), "rows": rows, "averages": wholes}
        return _PAGES.page(request, "all_figures.html", values)

    @router.get("/{indicator_id}")
    async def one_figure(
        request: Request,
        period_id: str,
        indicator_id: str,
        runtime: RuntimeOf,
        user: _ReaderOfOne,
        kand: Day | None = None,
        alla: bool = False,
        efter: UUID = _BEFORE_ALL,
        version: _Version = None,
    ) -> Response:
        """``kand``: only what had been registered by the end of that day counts. ``alla``: the cases of all cells are
        listed; else those of the cell whose breakdowns and rows the address names, and none, whose names would be
        read, where it names none. ``efter``: those after this case. ``version``: another way of counting it than the
        one that is valid when the period ends. A project leader is shown the cells of an insats
        they lead, which the address names."""
        today = today_of(runtime)
        period = asked_period(period_id, today)
        indicator = figure_named(indicator_id, period, version)
        known_on = known_day(kand, today)
        as_of, kept = known_until(known_on), _kept(known_on, version)
        chosen = chosen_rows(request, indicator)
        within = _within(user, indicator, chosen)
        place = _place(period, indicator)
        address = partial(_address, place, kept)
        may_see_cases = user.has(*CASEWORK, Role.PROJECT_LEADER) and has_cases(indicator)
        asks = may_see_cases and (alla or bool(chosen))
        async with runtime.pool.acquire() as connection:
            table = await _table(connection, indicator, period, as_of, address, (chosen, within))
            found = (
                await store.cases_behind(
                    connection, indicator, period, chosen, after=efter, limit=_SHOWN + 1, as_of=as_of
                )
                if asks
                else []
            )
        shown = found[:_SHOWN]
        after_these = {**(chosen or _ALL_CELLS), "efter": str(shown[-1])} if len(found) > _SHOWN else None
        names_of = await names.of(shown, token_of(request))
        # Which row a case is counted in may say where the person lives.
        listed = [case_id for case_id in shown if names_of.shows_place(case_id)]
        values = {
            "choices": choices(period, today, f"/siffror/{indicator.id}", known_on),
            "definition": definition(indicator),
            "others": [each for each in indicator.other_readings if each.indicator],
            "table": table,
            "asked_version": version,
            "versions": [each for each in DECLARED.versions(indicator.id) if each is not indicator],
            "is_average": isinstance(indicator.measure, Average),
            "all_cases": address(within or _ALL_CELLS),
            "within": within,
            "hidden_fields": {**within, **_kept(None, version)},
            "led": next(iter(within.values()), None),
            "may_open_cases": user.has(*CASEWORK),
            "as_known_now": f"{place}?{urlencode({**within, **_kept(None, version)})}".removesuffix("?"),
            "place": place,
            "known_on": known_on,
            "chosen": [
                row_label(each, chosen[each.id]) for each in DECLARED.broken_down(indicator) if each.id in chosen
            ],
            "has_cases": has_cases(indicator),
            "may_see_cases": may_see_cases,
            "asks": asks,
            "cases": [(case_id, names_of.get(case_id)) for case_id in listed],
            "hidden": len(shown) - len(listed),
            "more": None if after_these is None else address(after_these),
        }
        return _PAGES.page(request, "figure.html", values)

    return router


def figure_named(indicator_id: str, period: Period, version: int | None = None) -> Indicator:
    """The figure of an address: the version that is valid when the period ends, or the one asked for. Raises
    NotFound."""
    try:
        return figure_of(indicator_id, period.last, version)
    except NotValid as error:
        raise NotFound(
            "indicator_unknown", "Det finns ingen sådan siffra för perioden. Se listan över alla siffror."
        ) from error


def counted_figure_named(indicator_id: str, period: Period) -> Indicator:
    """The figure of an address that shows counts. Raises NotFound, also of an average."""
    indicator = figure_named(indicator_id, period)
    if isinstance(indicator.measure, Average):
        raise NotFound(
            "figure_is_an_average", "Siffran är ett medelvärde: den följs inte månad för månad. Se siffrans sida."
        )
    return indicator


async def _table(
    connection: Connection,
    indicator: Indicator,
    period: Period,
    as_of: datetime | None,
    address: Address,
    rows: tuple[Mapping[str, str], Mapping[str, str]],
) -> FigureTable:
    """The cells of an indicator, and where the cases of each are listed. ``rows``: those chosen, and those that all
    shown is of."""
    chosen, within = rows
    if isinstance(indicator.measure, Average):
        averages = await store.averages_in(connection, indicator, period, as_of)
        return table_of_averages(averages, address, chosen, within)
    counted = await store.counted_in(connection, indicator, period, as_of)
    return table_of_counts(counted, address, chosen, within)


def _place(period: Period, indicator: Indicator) -> str:
    return f"/rapport/{period.id}/siffror/{indicator.id}"


def _within(user: User, indicator: Indicator, chosen: Mapping[str, str]) -> dict[str, str]:
    """The row of the breakdown by insats that all shown to the user is of; none for those who see every insats.

    Raises Forbidden where the address of a project leader's figure names no insats they lead.
    """
    if user.has(*CASEWORK, Role.OPERATIONS):
        return {}
    by_insats = insats_breakdown(DECLARED.broken_down(indicator))
    insats = "" if by_insats is None else chosen.get(by_insats, "")
    require_insats(user, insats)
    return {} if by_insats is None else {by_insats: insats}


def has_cases(indicator: Indicator) -> bool:
    """Whether it counts rows of participants' cases. The size of the largest group is no one's."""
    return DECLARED.population(indicator).fact not in _WITHOUT_CASES and not isinstance(
        indicator.measure, LargestGroup
    )


def chosen_rows(request: Request, indicator: Indicator) -> dict[str, str]:
    """The rows of breakdowns that the address names."""
    names = (each.id for each in DECLARED.broken_down(indicator))
    return {name: request.query_params[name] for name in names if name in request.query_params}


def _kept(known_on: date | None, version: int | None) -> dict[str, str]:
    """What the address of a figure says beside its rows, and every link on its page says again."""
    known = {} if known_on is None else {"kand": known_on.isoformat()}
    return known if version is None else {**known, "version": str(version)}


def _address(place: str, kept: Mapping[str, str], more: Mapping[str, str]) -> str:
    query = urlencode({**kept, **more})
    return f"{place}?{query}#arenden" if query else f"{place}#arenden"
