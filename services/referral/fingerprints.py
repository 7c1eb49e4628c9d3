"""What is sealed under which name, and the keyed hashes that people, messages and referrals are found by."""

from typing import Final
from uuid import UUID

from contracts.catalogue import Sender
from services.referral.domain.identity import IdentityNumber
from services.referral.domain.referrer import normalized
from services.referral.domain.search_words import words_of_referral
from services.referral.vault import Vault

NUMBER_FIELD: Final = "identity_number"
"""The name a person's number is sealed under."""


def file_field(case_id: UUID) -> str:
    """The name a case's file is sealed under."""
    return f"file {case_id}"


def name_field(case_id: UUID) -> str:
    """The name a person's name is sealed under, as the case's referral said it."""
    return f"name {case_id}"


def person_fingerprint(vault: Vault, number: IdentityNumber) -> bytes:
    """What a person is found by."""
    return vault.fingerprint("person", number.digits.encode())


def tokens_of(vault: Vault, name: str, reference: str) -> frozenset[bytes]:
    """What a referral is found by in a search."""
    return frozenset(vault.token(word) for word in words_of_referral(name, reference))


def message_fingerprint(vault: Vault, sender: Sender, message_id: str) -> bytes:
    """What a message of a sender is found by."""
    return vault.fingerprint("message", sender.id.encode(), message_id.encode())


def officer_fingerprint(vault: Vault, agency: str, unit: str, name: str) -> bytes:
    """What an officer's referrals are found by, when the unit says that the officer leaves."""
    return vault.fingerprint("officer", agency.encode(), unit.encode(), normalized(name).encode())
