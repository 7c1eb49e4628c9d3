"""Who gets which piece, by what a form of all that one worker has says."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from contracts.problems import Invalid
from services.chassis.handing_over import HandOverForm


def _asked(**sent: Any) -> Sequence[tuple[str, str]]:
    return [(each.piece, each.to) for each in HandOverForm(av="lova", **sent).offers()]


def test_a_piece_goes_to_its_own_receiver_and_else_to_the_common_one() -> None:
    sent = {"chosen": ["a", "b", "a"], "row": ["a", "b", "c"], "receiver": ["", " Kim ", "bo"], "to": "karin"}
    assert _asked(**sent) == [("a", "karin"), ("b", "kim")]
    assert _asked(chosen=["b"], row=["b"], receiver=["kim"]) == [("b", "kim")]
    assert _asked(chosen=["a"], row=["a", "b"], receiver=[], to="karin") == [("a", "karin")]


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ({"to": "karin"}, "nothing_chosen", "chosen"),
        ({"chosen": ["a"]}, "user_id_form", "to"),
        ({"chosen": ["a"], "to": "Karin K"}, "user_id_form", "to"),
        ({"chosen": ["a"], "row": ["a"], "receiver": ["Kim K"], "to": "karin"}, "user_id_form", "receiver"),
    ],
)
def test_nothing_is_offered_while_something_is_wrong(sent: Mapping[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        _asked(**sent)
    assert (refused.value.code, refused.value.field) == (code, field)
