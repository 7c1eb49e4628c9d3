"""What services refuse, in English: their own words are Swedish, for case workers, and their codes for programs."""

from typing import Final

import httpx

_MEANINGS: Final = {
    "already_discarded": "it has been discarded before",
    "already_replayed": "it has been replayed before",
    "discarded": "it has been discarded; replay it all the same with --discarded",
    "internal_error": "the service failed; see its log",
    "not_ready": "the service is starting or waits for its database",
    "record_gone": "its record is no longer kept in the topic",
    "request_not_valid": "the request is not valid",
    "role_missing": "the role of the user does not allow it",
    "still_unusable": "its record still cannot be used",
    "token_not_valid": "the token is not valid",
}


def in_english(answer: httpx.Response) -> str:
    """Why a service refused: in words where we have them, else its code; without a code, the status."""
    if "json" not in answer.headers.get("content-type", ""):
        return f"status {answer.status_code}"
    code = answer.json().get("code")
    if code is None:
        return f"status {answer.status_code}"
    return f"{_MEANINGS[code]} ({code})" if code in _MEANINGS else str(code)
