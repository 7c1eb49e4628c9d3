"""`samspel followup`: how it asks the service, part by part."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.catalogue.loading import INSATSER_FOLDER
from deploy.local.errors import LaunchError
from deploy.local.followup import AuditClient, _changed, _changed_follow_ups

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


def test_a_changed_file_is_compared_with_the_catalogue_and_asked_about(tmp_path: Path) -> None:
    text = (INSATSER_FOLDER / "finsam-team.yaml").read_text(encoding="utf-8")
    file = tmp_path / "finsam-team.yaml"
    file.write_text(text.replace("months: 2,", "months: 3,"), encoding="utf-8")
    changed = _changed_follow_ups(_changed(file))
    assert changed, "the file's two-month follow-ups are written as here"
    for follow_ups in changed.values():
        assert 3 in {each.get("months") for each in follow_ups}
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append({"path": request.url.path, **json.loads(request.content)})
        return httpx.Response(
            200, json={"day": "2022-01-01", "cases": 1, "differences": [DIFFERENCE], "not_moved": [], "last": None}
        )

    [(version, follow_ups), *_] = changed.items()
    [part] = _client(httpx.MockTransport(answer)).rehearsed("finsam-team", version, follow_ups)
    assert asked == [
        {"path": "/api/followup/rehearsal", "insats": "finsam-team", "version": version, "follow_ups": follow_ups}
    ]
    assert [each.about for each in part.differences] == ["uppfoljning-6"]


def test_a_file_that_changes_nothing_or_is_wrong_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "finsam-team.yaml"
    shutil.copy(INSATSER_FOLDER / file.name, file)
    with pytest.raises(LaunchError, match="nothing would change"):
        _changed_follow_ups(_changed(file))
    file.write_text("id: finsam-team\n", encoding="utf-8")
    with pytest.raises(LaunchError, match=r"finsam-team\.yaml"):
        _changed(file)


def test_a_refusal_and_silence_are_told_in_a_sentence() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(LaunchError, match="answered 503"):
        list(_client(httpx.MockTransport(lambda _: httpx.Response(503))).parts(None))
    with pytest.raises(LaunchError, match="does not answer: ConnectError"):
        list(_client(httpx.MockTransport(silent)).parts(None))
