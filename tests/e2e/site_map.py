"""Every address of the four services that a browser can ask for, and where to find one of each to look at.

``ADDRESSES`` has an entry for each route of the pages; :func:`routes` reads the routes from the applications, so that
a new page without an entry fails a test that needs no browser.
"""

import base64
import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from deploy.local.gateway_routes import START_PAGE, target_of
from deploy.local.settings import SERVICES
from services.chassis.settings import Settings

_OF_PROGRAMS: Final = ("/api/", "/openapi.json", "/health/", "/metrics", "/revocations")


def applications(folder: Path) -> Iterator[FastAPI]:
    """The services' applications, not started. ``folder``: where the secrets they are made with may be written."""
    secrets = folder / "secrets.json"
    names = ("token_key", "vault_kek", "lookup_key", "answers_kek")
    secrets.write_text(json.dumps({name: base64.b64encode(bytes(32)).decode() for name in names}))
    settings = Settings(
        kafka_bootstrap="nowhere:1",
        database_url="postgresql://nowhere",
        secrets_file=secrets,
        http_port=1,
        referral_url="http://nowhere",
    )
    for service in SERVICES:
        yield importlib.import_module(f"services.{service}.app").create(settings)


def routes(folder: Path) -> Iterator[str]:
    """The routes that answer a browser's GET."""
    for app in applications(folder):
        for route in iter_route_contexts(app.routes):
            path = str(route.path)
            if "GET" in (route.methods or ()) and not path.startswith(_OF_PROGRAMS):
                yield path


@dataclass(frozen=True)
class Sample:
    """Addresses to look at. ``{}`` in one is filled with what ``query`` finds in ``database``.

    ``also``: what may stand after it, each an address of its own.
    """

    address: str
    database: str = ""
    query: str = ""
    also: Sequence[str] = ("",)

    @property
    def service(self) -> str:
        """Whose page it is. One that nobody has is shown by the start page's service."""
        target = target_of(self.address.partition("?")[0].encode())
        return START_PAGE if target is None else target.service


@dataclass(frozen=True)
class NotLookedAt:
    """Why an address is not opened by itself."""

    reason: str


_CASE: Final = "SELECT case_id FROM referral_case WHERE state = '{}' ORDER BY received_at, case_id LIMIT 1"
# FINSAM-team has meetings, a plan and follow-ups: more of its pages have something to show.
_STARTED: Final = _CASE.format("started' AND insats = 'finsam-team")
_ACCEPTED: Final = _CASE.format("accepted")
_WAITING: Final = _CASE.format("waiting")
_RETURNED: Final = _CASE.format("returned")
_CITYS: Final = """
SELECT case_id FROM referral_case WHERE agency = 'stockholms-stad' AND state = '{}'
ORDER BY received_at, case_id LIMIT 1
"""
_FOLLOW_UP: Final = "SELECT follow_up_id FROM follow_up WHERE ended_on IS NULL AND opened ORDER BY due_on LIMIT 1"
_EVENT: Final = """
SELECT stream_id || '/ratta/' || event_id FROM event WHERE type = 'InsatsStarted' ORDER BY recorded DESC LIMIT 1
"""

_AMOUNT: Final = "SELECT amount_id FROM amount ORDER BY amount_id LIMIT 1"
_FROZEN: Final = "SELECT report_id FROM frozen_report ORDER BY known_until LIMIT 1"

_PART: Final = NotLookedAt("a part of a page, looked at where it is shown (test_axe_finds_nothing_in_what_opens)")
_GROUPS: Final = NotLookedAt("in the year played no insats has groups; looked at in test_groups")

_SIGNED: Final = "SELECT report_id || '/' || revision FROM signed_report ORDER BY signed_at, report_id LIMIT 1"
_DRAFTS: Final = NotLookedAt(
    "in the year played no report is left unsigned; a draft is looked at in test_form_reports"
)

ADDRESSES: Final[Mapping[str, Sample | NotLookedAt]] = {
    "/": Sample("/"),
    "/logga-in": Sample("/logga-in"),
    "/tillganglighet": Sample("/tillganglighet"),
    "/utseende": Sample("/utseende"),
    "/sidan-finns-inte": Sample("/nowhere"),
    "/anmal-dig": Sample("/anmal-dig"),
    "/anmal-dig/{insats_id}": NotLookedAt(
        "in the year played nobody can apply by themselves; looked at in test_own_application"
    ),
    "/insatser": Sample("/insatser"),
    "/insatser/{insats_id}": Sample("/insatser", also=("/finsam-team", "/samsip")),
    "/rapport": NotLookedAt("leads to the latest year's report"),
    "/rapport/frysta": Sample("/rapport/frysta"),
    "/rapport/frysta/{report_id}": Sample("/rapport/frysta/{}", "reporting", _FROZEN, also=("", "?omraknad=true")),
    "/rapport/frysta/{report_id}/innehall.json": NotLookedAt("a file"),
    "/rapport/frysta/{report_id}/filer/siffror.{file_format}": NotLookedAt("a file"),
    "/rapport/frysta/{report_id}/publicering": Sample("/rapport/frysta/{}/publicering", "reporting", _FROZEN),
    "/rapport/frysta/{report_id}/publicering/siffror.csv": NotLookedAt("a file"),
    "/rapport/frysta/{report_id}/siffror/{indicator_id}": Sample(
        "/rapport/frysta/{}/siffror/participants", "reporting", _FROZEN
    ),
    "/rapport/{period_id}/kvalitet": Sample("/rapport/2021/kvalitet"),
    "/rapport/enkater": Sample("/rapport/enkater"),
    "/rapport/enkater/{survey}/{respondents}/mall.csv": NotLookedAt("a file"),
    "/rapport/{period_id}/enkater/{survey}": Sample("/rapport/2021/enkater/nns"),
    "/rapport/{period_id}": Sample("/rapport/2021", also=("-h1", "?kand=2021-06-30")),
    "/rapport/{period_id}/mal": Sample("/rapport/2021/mal"),
    "/rapport/{period_id}/siffror": Sample("/rapport/2021/siffror"),
    "/rapport/{period_id}/siffror/{indicator_id}/utveckling": Sample(
        "/rapport/2021/siffror",
        also=("/started/utveckling?jamfor=2020", "/participants/utveckling", "/sip.people/utveckling?per=ar"),
    ),
    "/rapport/{period_id}/siffror/{indicator_id}/utveckling.svg": NotLookedAt(
        "an image, looked at where it is shown"
    ),
    "/rapport/{period_id}/flode": Sample("/rapport/2021/flode", also=("?kand=2021-06-30",)),
    "/rapport/{period_id}/flode/{insats_id}": Sample("/rapport/2021/flode", also=("/mia-vidare",)),
    "/rapport/{period_id}/kohorter": Sample("/rapport/2021/kohorter", also=("?kand=2021-12-31",)),
    "/rapport/{period_id}/kohorter/{insats_id}": Sample("/rapport/2021/kohorter", also=("/finsam-team",)),
    "/rapport/{period_id}/behov": Sample("/rapport/2021/behov"),
    "/rapport/{period_id}/behov/{insats_id}": Sample("/rapport/2021/behov", also=("/mia-vidare",)),
    "/rapport/{period_id}/flode.svg": NotLookedAt("an image, looked at where it is shown"),
    "/rapport/{period_id}/kohorter.svg": NotLookedAt("an image, looked at where it is shown"),
    "/rapport/{period_id}/uppfoljning-finsam": Sample("/rapport/2021/uppfoljning-finsam"),
    "/rapport/{period_id}/filer/rapport.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/siffror.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/siffror/{indicator}.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/insatser/{insats_id}.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/uppfoljning-finsam.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/flode.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/flode/{insats_id}.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/kohorter.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/kohorter/{insats_id}.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/behov.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/filer/behov/{insats_id}.{file_format}": NotLookedAt("a file"),
    "/rapport/{period_id}/siffror/{indicator_id}": Sample(
        "/rapport/2021/siffror",
        also=("/started?sex=woman", "/participants?alla=true", "/follow_ups?kand=2021-06-30", "/consultations"),
    ),
    "/rapport/{period_id}/{insats_id}": Sample(
        "/rapport/2021",
        also=("/aktivitetsplatsen", "/ratt-stod-for-mig", "/arbetstraning", "/mia-vidare", "/psykolog"),
    ),
    "/ekonomi": NotLookedAt("leads to the latest year's economy"),
    "/ekonomi/{period_id}": Sample("/ekonomi/2025", also=("", "?kand=2021-12-31")),
    "/ekonomi/{period_id}/filer/ekonomi.{file_format}": NotLookedAt("a file"),
    "/ekonomi/belopp/{amount_id}": Sample("/ekonomi/belopp/{}", "reporting", _AMOUNT),
    "/avvikelser": Sample("/avvikelser", also=("", "?part=region&lage=oppna")),
    "/projektledare": Sample("/projektledare"),
    "/projektledare/{insats_id}": Sample("/projektledare", also=("/mia-vidare",)),
    "/rapporter": Sample("/rapporter"),
    "/rapporter/{report_id}": _DRAFTS,
    "/rapporter/{report_id}/granska": _DRAFTS,
    "/rapporter/{report_id}/{revision}": Sample("/rapporter/{}", "reporting", _SIGNED, also=("", "?omraknad=true")),
    "/rapporter/{report_id}/{revision}/innehall.json": NotLookedAt("a file"),
    "/rapporter/{report_id}/{revision}/rapport.{file_format}": NotLookedAt("a file"),
    "/anmalningar": Sample("/anmalningar", also=("", "?state=accepted", "?insats=finsam-team&sist=true")),
    "/anmalningar/nytt": _PART,
    "/anmalningar/sok": Sample("/anmalningar/sok"),
    "/anmalningar/ko": Sample("/anmalningar/ko"),
    "/anmalningar/utan-remittent": Sample("/anmalningar/utan-remittent"),
    "/anmalningar/aterforda": Sample("/anmalningar/aterforda"),
    "/anmalningar/fyller-ar": Sample("/anmalningar/fyller-ar"),
    "/anmalningar/uppehall": Sample("/anmalningar/uppehall"),
    "/anmalningar/{case_id}/avsluta": Sample("/anmalningar/{}/avsluta", "referral", _ACCEPTED),
    "/anmalningar/{case_id}/angra": Sample("/anmalningar/{}/angra", "referral", _RETURNED),
    "/anmalningar/{case_id}/komplettera": Sample("/anmalningar/{}/komplettera", "referral", _WAITING),
    "/anmalningar/{case_id}/remittent": Sample("/anmalningar/{}/remittent", "referral", _ACCEPTED),
    "/anmalningar/{case_id}/samtycke": Sample("/anmalningar/{}/samtycke", "referral", _STARTED),
    "/anmalningar/{case_id}/tidigare": Sample("/anmalningar/{}/tidigare", "referral", _STARTED),
    "/anmalningar/{case_id}/skydd": Sample("/anmalningar/{}/skydd", "referral", _STARTED),
    "/konsultationer": Sample("/konsultationer"),
    "/konsultationer/aktualiserade": Sample("/konsultationer/aktualiserade"),
    "/lasloggen": Sample("/lasloggen"),
    "/mina-anmalningar": Sample("/mina-anmalningar"),
    "/mina-anmalningar/att-gora": Sample("/mina-anmalningar/att-gora"),
    "/mina-anmalningar/ny": Sample("/mina-anmalningar/ny"),
    "/mina-anmalningar/fil": Sample("/mina-anmalningar/fil"),
    "/mina-anmalningar/fil/mall.csv": NotLookedAt("a file"),
    "/mina-anmalningar/utkast/{draft_id}": NotLookedAt("the form of /mina-anmalningar/ny, filled in (test_referrer)"),
    "/mina-anmalningar/remittenter": Sample("/mina-anmalningar/remittenter"),
    "/mina-anmalningar/{case_id}": Sample("/mina-anmalningar/{}", "referral", _CITYS.format("started")),
    "/mina-anmalningar/{case_id}/forlopp": _PART,
    "/mina-anmalningar/{case_id}/remittent": Sample(
        "/mina-anmalningar/{}/remittent", "referral", _CITYS.format("accepted")
    ),
    "/mina-anmalningar/{case_id}/ta-tillbaka": Sample(
        "/mina-anmalningar/{}/ta-tillbaka", "referral", _CITYS.format("accepted")
    ),
    "/mina-anmalningar/{case_id}/komplettera": Sample(
        "/mina-anmalningar/{}/komplettera", "referral", _CITYS.format("waiting")
    ),
    "/tider": Sample("/tider", also=("", "?fran=2021-03-01")),
    "/tider/ny": Sample("/tider/ny"),
    "/tider/arende/{case_id}": Sample("/tider/arende/{}", "referral", _ACCEPTED),
    "/tider/kallelser": Sample("/tider/kallelser"),
    "/tider/kallelser/{case_id}": Sample("/tider/kallelser/{}", "referral", _STARTED),
    "/tider/platser": Sample("/tider/platser"),
    "/tider/platser/ny": Sample("/tider/platser/ny"),
    "/tider/grupper": _GROUPS,
    "/tider/grupper/ny": _GROUPS,
    "/tider/grupper/{group_id}": _GROUPS,
    "/arenden/{case_id}": Sample("/arenden/{}", "referral", _STARTED),
    "/arenden/{case_id}/plan": Sample("/arenden/{}/plan", "referral", _STARTED),
    "/arenden/{case_id}/plan/utskrift": Sample("/arenden/{}/plan/utskrift", "referral", _STARTED),
    "/arenden/{case_id}/aktiviteter": Sample("/arenden/{}/aktiviteter", "referral", _STARTED),
    "/arenden/{case_id}/grupp": Sample("/arenden/{}/grupp", "referral", _STARTED),
    "/arenden/{case_id}/avsluta": Sample("/arenden/{}/avsluta", "referral", _STARTED),
    "/arenden/{case_id}/forsorjning": Sample("/arenden/{}/forsorjning", "referral", _STARTED),
    "/arenden/{case_id}/stod": Sample("/arenden/{}/stod", "referral", _STARTED),
    "/arenden/{case_id}/steg": Sample("/arenden/{}/steg", "referral", _STARTED),
    "/arenden/{case_id}/steg/{step}/svar": NotLookedAt(
        "open only to who supports a participant whose rule asks questions; looked at in test_steps"
    ),
    "/arenden/{case_id}/ratta/{event_id}": Sample("/arenden/{}", "planning", _EVENT),
    "/arenden/{case}/historik": Sample("/arenden/{}/historik", "referral", _STARTED),
    "/partens-arenden": Sample("/partens-arenden"),
    "/partens-arenden/{case_id}": NotLookedAt(
        "in the year played no insats asks whether the parties may share, so nobody has such a page"
    ),
    "/mina-deltagare": Sample("/mina-deltagare"),
    "/mina-deltagare/overlamna": Sample("/mina-deltagare/overlamna?av=lova"),
    "/mina-deltagare/overlamna/antal": _PART,
    "/uppfoljningar": Sample("/uppfoljningar", also=("?roll=lots", "?roll=koordinator")),
    "/uppfoljningar/nytt": _PART,
    "/uppfoljningar/kommande": Sample("/uppfoljningar/kommande?roll=koordinator"),
    "/uppfoljningar/tidsgranser": Sample("/uppfoljningar/tidsgranser"),
    "/uppfoljningar/aviseringar": Sample("/uppfoljningar/aviseringar"),
    "/uppfoljningar/kalender/{name}": NotLookedAt("a calendar, read by programs (test_notice_pages)"),
    "/uppfoljningar/lyfta": Sample("/uppfoljningar/lyfta"),
    "/uppfoljningar/franvaro": Sample("/uppfoljningar/franvaro"),
    "/uppfoljningar/lamna-over": Sample("/uppfoljningar/lamna-over"),
    "/uppfoljningar/lamna-over/antal": _PART,
    "/uppfoljningar/{follow_up_id}": Sample("/uppfoljningar/{}", "followup", _FOLLOW_UP),
    "/uppfoljningar/{follow_up_id}/angra/{event_id}": NotLookedAt(
        "reached from one follow-up's course; built as /arenden/{case_id}/ratta/{event_id}, which is looked at"
    ),
    "/uppfoljningar/{follow_up_id}/formular": _PART,
    "/uppfoljningar/{follow_up_id}/slutfor": Sample("/uppfoljningar/{}/slutfor", "followup", _FOLLOW_UP),
    "/uppfoljningar/{follow_up_id}/stang": _PART,
}
"""By route as the application has it."""
