"""What a case's way in is called on its page."""

from contracts.catalogue import INSATSER
from contracts.events import parse
from contracts.referral import Shortcut
from services.planning.domain.case import fold
from services.planning.web.labels import shortcut_label
from tests.contract.corpus import EXAMPLES

_SHORTCUT = Shortcut(insats="finsam-team", door="bara-arbetstraning", meeting="informationsmote")


def test_a_shortcut_is_known_to_planning_and_said_with_the_meeting_and_the_door() -> None:
    example = next(each for each in EXAMPLES if each.name == "straight-to-a-meeting")
    referral = fold([parse(example.wire)]).referral
    assert referral is not None
    assert referral.shortcut == _SHORTCUT
    said = "direkt till informationsmöte, genom FINSAM-team: endast arbetsträning"
    assert shortcut_label(_SHORTCUT, INSATSER["arbetstraning"].rule(1)) == said


def test_what_the_catalogue_has_no_more_is_said_by_its_id() -> None:
    gone = Shortcut(insats="bron", door="gangen", meeting="mote")
    assert shortcut_label(gone, None) == "direkt till mote, genom bron"
