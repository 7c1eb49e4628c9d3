"""What there is to do is read from all services at once, and one that does not answer hides nothing of the others."""

import json
from typing import Any

import httpx
import pytest

from services.chassis.to_do import Part, ToDo, ToDoClient
from services.reporting.web.to_do import by_part

_URLS = {"followup": "http://followup", "referral": "http://referral", "planning": "http://planning"}
_LATE = {"part": "mine", "count": 2, "text": "försenade uppföljningar", "href": "/uppfoljningar", "late": True}
_NONE = {"part": "team", "count": 0, "text": "lyfta uppföljningar", "href": "/uppfoljningar/lyfta"}


class _Answering(httpx.AsyncBaseTransport):
    """Services by name: what each answers, or the error that asking it raises."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers[request.url.host]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, content=json.dumps(answer))


async def test_what_is_none_is_left_out_and_each_service_is_asked_as_the_user() -> None:
    services = _Answering(followup=[_LATE, _NONE], referral=[], planning=[])
    read = await ToDoClient(_URLS, services).read("a-token")
    assert [(item.text, item.count) for item in read.items] == [("försenade uppföljningar", 2)]
    assert read.silent == []
    assert {str(request.url) for request in services.asked} == {
        f"http://{name}/api/{name}/to-do" for name in ("followup", "referral", "planning")
    }
    assert {request.headers["authorization"] for request in services.asked} == {"Bearer a-token"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(503, content=b"{}"),
        httpx.Response(200, content=b"<html>"),
        [{**_LATE, "count": -1}],
        [{**_LATE, "href": "//elsewhere.example/list"}],
        [{**_LATE, "href": "javascript:alert(1)"}],
    ],
)
async def test_a_service_that_fails_is_named_and_the_others_are_shown(answer: Any) -> None:
    read = await ToDoClient(_URLS, _Answering(followup=[_LATE], referral=[], planning=answer)).read("a-token")
    assert read.silent == ["planning"]
    assert [item.count for item in read.items] == [2]


def test_the_parts_stand_in_order_with_what_is_late_first() -> None:
    due, late = ToDo(part=Part.MINE, count=1, text="att göra", href="/a"), ToDo(**_LATE)
    team = ToDo(part=Part.TEAM, count=1, text="hela laget", href="/b")
    assert list(by_part([team, due, late])) == [("Hos dig", [late, due]), ("Hela laget", [team])]
