"""Two who write at once: what is saved, what is left, and what is never lost."""

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.drafts import Sent, saving
from services.reporting.domain.form_reports import MOST_LETTERS, version_of

_FIELDS = st.sampled_from(["inflode", "ovrigt", "utmaningar"])
_WORDS = st.sampled_from(["", "Kort.", "Längre text.\nMed rad.", "Annat."])
_TEXTS = st.dictionaries(_FIELDS, _WORDS)
_SENT = st.dictionaries(_FIELDS, st.builds(Sent, _WORDS, _WORDS.map(version_of)))


def test_a_text_written_from_what_is_stored_is_saved() -> None:
    found = saving({"inflode": "Då."}, {"inflode": Sent(" Nu.\r\nMer. ", version_of("Då."))})
    assert found.writes == {"inflode": "Nu.\nMer."}
    assert found.all_saved


def test_a_text_that_was_not_changed_leaves_what_another_saved() -> None:
    found = saving({"inflode": "Kims."}, {"inflode": Sent("Då.", version_of("Då."))})
    assert found.all_saved
    assert found.writes == {}


def test_a_text_that_another_changed_meanwhile_is_kept_and_the_loser_gets_both() -> None:
    found = saving(
        {"inflode": "Kims."}, {"inflode": Sent("Petras.", version_of("")), "ovrigt": Sent("O", version_of(""))}
    )
    assert found.conflicts == {"inflode": "Kims."}
    assert found.writes == {"ovrigt": "O"}


def test_the_same_text_from_two_is_no_conflict() -> None:
    assert saving({"inflode": "Samma."}, {"inflode": Sent("Samma.", version_of(""))}).all_saved


def test_what_no_report_may_hold_is_refused_by_field_and_the_rest_is_saved() -> None:
    sent = {
        "inflode": Sent("19870314-9826", version_of("")),
        "ovrigt": Sent("x" * (MOST_LETTERS + 1), version_of("")),
        "utmaningar": Sent("Många.", version_of("")),
    }
    found = saving({}, sent)
    assert {field: each.code for field, each in found.refused.items()} == {
        "inflode": "identity_number",
        "ovrigt": "text_too_long",
    }
    assert {field: each.field for field, each in found.refused.items()} == {"inflode": "inflode", "ovrigt": "ovrigt"}
    assert found.writes == {"utmaningar": "Många."}


@given(_TEXTS, _SENT)
def test_what_is_stored_is_replaced_only_by_who_has_seen_it(stored: dict[str, str], sent: dict[str, Sent]) -> None:
    found = saving(stored, sent)
    for field in found.writes:
        assert sent[field].version == version_of(stored.get(field, ""))
    for field, kept in found.conflicts.items():
        assert field not in found.writes
        assert kept == stored.get(field, "")
    changed = {field for field, each in sent.items() if version_of(each.text) != each.version}
    unsaved = changed - {field for field in changed if sent[field].text == stored.get(field, "")}
    assert unsaved == found.writes.keys() | found.conflicts.keys()
