"""Users' ids as people type them into forms and systems send them."""

import re
from typing import Annotated, Final

from pydantic import Field

from contracts.problems import Invalid

WORKER_ID: Final = r"^[a-z][a-z0-9-]*$"
"""Facts name a worker so (:attr:`services.chassis.auth.User.worker_id`): no name, and no part of one."""

WorkerId = Annotated[str, Field(pattern=WORKER_ID, max_length=60, examples=["lots-1"])]
TypedId = Annotated[str, Field(max_length=60)]
"""What somebody typed where a user id is asked for; :func:`user_id` reads it."""


def user_id(typed: str, field: str) -> str:
    """The user id that somebody typed. Raises Invalid for what can be none. ``field``: the form's name for it."""
    found = typed.strip().lower()
    if re.fullmatch(WORKER_ID, found, re.ASCII) is None:
        raise Invalid(
            "user_id_form",
            "Skriv användar-id: små bokstäver a till z, siffror och bindestreck, till exempel lova.",
            field,
        )
    return found
