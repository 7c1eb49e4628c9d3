"""Tokens that were verified once are asked for their time each time."""

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock, patch

import pytest

from contracts.codes import Role
from contracts.problems import NotSignedIn
from services.chassis import auth
from services.chassis.auth import LocalTokens, User

_OFFICE = User(id="t", name="Test", roles=frozenset({Role.OFFICE}))


def test_a_token_verified_before_is_refused_once_it_has_expired() -> None:
    signer = LocalTokens(b"k" * 32)
    token = signer.issue(_OFFICE, valid=timedelta(minutes=30))
    assert signer.user(token) == _OFFICE
    later = datetime.now(UTC) + timedelta(hours=1)
    clock = Mock(wraps=datetime, now=Mock(return_value=later))
    with (
        patch.object(auth, "datetime", clock),
        patch("time.time", later.timestamp),
        pytest.raises(NotSignedIn),
    ):
        signer.user(token)


def test_a_session_verified_before_is_no_sign_in_link() -> None:
    signer = LocalTokens(b"k" * 32)
    token = signer.issue(_OFFICE)
    assert signer.user(token) == _OFFICE
    with pytest.raises(NotSignedIn):
        signer.read_link(token)
