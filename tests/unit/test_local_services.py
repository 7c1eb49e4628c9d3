"""What is said of a process that is not ready."""

import httpx
import pytest

from deploy.local.services import not_ready


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json={"ready": True}), None),
        (httpx.Response(503, json={"ready": False, "missing": ["no Kafka", "no database"]}), "no Kafka; no database"),
        (httpx.Response(502, text="<html>"), "502 <html>"),
        (httpx.Response(503, json=["of another form"]), '503 ["of another form"]'),
    ],
)
def test_a_process_that_is_not_ready_is_quoted_in_words(answer: httpx.Response, said: str | None) -> None:
    with httpx.Client(base_url="http://process.test", transport=httpx.MockTransport(lambda _: answer)) as client:
        assert not_ready(client) == said


def test_a_process_that_does_not_answer_is_said_not_to() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with httpx.Client(base_url="http://process.test", transport=httpx.MockTransport(refuse)) as client:
        assert not_ready(client) == "it does not answer (ConnectError)"
