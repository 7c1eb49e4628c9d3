"""`samspel followup`: how it asks the service, part by part."""

from datetime import date
from uuid import UUID

import httpx
import pytest

from deploy.local.errors import LaunchError
from deploy.local.followup import AuditClient

LAST = UUID(int=5)
DIFFERENCE = {
    "case_id": str(LAST),
    "type": "FollowUpMissed",
    "happened_on": "2021-10-17",
    "about": "uppfoljning-6",
}


def _client(answer: httpx.MockTransport) -> AuditClient:
    return AuditClient("http://samspel.test", "token", answer)


def test_all_parts_are_asked_for_and_the_day_each_time() -> None:
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        last = str(LAST) if len(asked) == 1 else None
        return httpx.Response(200, json={"day": "2022-01-01", "cases": 2, "differences": [DIFFERENCE], "last": last})

    parts = list(_client(httpx.MockTransport(answer)).parts(date(2022, 1, 1)))
    assert asked == [{"on": "2022-01-01"}, {"on": "2022-01-01", "after": str(LAST)}]
    assert [each.about for part in parts for each in part.differences] == ["uppfoljning-6"] * 2


def test_without_a_day_the_service_takes_today() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert not request.url.params
        return httpx.Response(200, json={"day": "2022-01-01", "cases": 0, "differences": [], "last": None})

    assert [part.cases for part in _client(httpx.MockTransport(answer)).parts(None)] == [0]


def test_a_refusal_and_silence_are_told_in_a_sentence() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(LaunchError, match="answered 503"):
        list(_client(httpx.MockTransport(lambda _: httpx.Response(503))).parts(None))
    with pytest.raises(LaunchError, match="does not answer: ConnectError"):
        list(_client(httpx.MockTransport(silent)).parts(None))
