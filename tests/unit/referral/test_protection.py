"""Who may read who a protected person is, and who decides that: given, when, then; and for any order of changes."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codes import Role
from contracts.problems import Refused
from services.chassis.names import Names
from services.referral.domain.protection import (
    MOST_READERS,
    Change,
    Decider,
    Lift,
    NameReaders,
    Protect,
    Protection,
    decide,
    referred,
)
from tests.examples import examples
from tests.spec import DeciderSpec

_KARIN: Final = Decider("karin", frozenset({Role.COORDINATOR}))
_KALLE: Final = Decider("kalle", frozenset({Role.COORDINATOR}))
_OPS: Final = Decider("dag", frozenset({Role.OPERATIONS}))


def _decided(change: Change, before: Protection | None) -> Sequence[Protection | None]:
    return [decide(change, before)]


def _after(_before: Protection | None, after: Protection | None) -> Protection | None:
    return after


SPEC: Final = DeciderSpec[Change, Protection | None, Protection | None](_decided, _after, None)


def _of(*readers: str, taken_on: bool = True) -> Protection:
    return Protection(frozenset(readers), taken_on)


def test_whoever_marks_may_read_and_those_named_with_it() -> None:
    SPEC.given().when(Protect(_KARIN, frozenset({"lotta"}))).then(_of("karin", "lotta"))
    SPEC.given(_of("kalle")).when(Protect(_KARIN, frozenset())).then_refused("already_protected")


def test_only_those_named_change_or_lift_it() -> None:
    marked = SPEC.given(_of("karin", "lotta"))
    marked.when(NameReaders(_KARIN, frozenset({"kalle"}))).then(_of("kalle"))
    marked.when(Lift(_KARIN)).then(None)
    marked.when(NameReaders(_KALLE, frozenset({"kalle"}))).then_refused("not_named")
    marked.when(Lift(_KALLE)).then_refused("not_named")
    marked.when(NameReaders(_KARIN, frozenset())).then_refused("reader_missing", field="readers")
    marked.when(NameReaders(_KARIN, frozenset({"lotta", "karin"}))).then_refused("readers_unchanged")
    SPEC.given().when(Lift(_KARIN)).then_refused("not_protected")
    SPEC.given().when(NameReaders(_OPS, frozenset({"karin"}))).then_refused("not_protected")


def test_operations_names_readers_where_none_is_left_and_reads_nothing_by_it() -> None:
    marked = SPEC.given(_of("gone"))
    marked.when(NameReaders(_OPS, frozenset({"kalle"}))).then(_of("kalle"))
    marked.when(Lift(_OPS)).then_refused("not_named")


def test_a_mark_of_a_referral_is_taken_on_by_one_coordinator() -> None:
    sent = SPEC.given(referred((), "rut"))
    sent.when(NameReaders(_KARIN, frozenset({"lotta"}))).then(_of("karin", "lotta", "rut"))
    sent.when(Lift(_KARIN)).then_refused("not_named")
    named = SPEC.given(referred(["karin"], "rut"))
    named.when(NameReaders(_KALLE, frozenset())).then_refused("not_named")
    SPEC.given(referred((), None), _of("karin")).when(NameReaders(_KALLE, frozenset())).then_refused("not_named")
    assert referred((), None) == _of(taken_on=False)


def test_not_everybody_may_be_named() -> None:
    crowd = frozenset(f"user-{nth}" for nth in range(MOST_READERS + 1))
    SPEC.given().when(Protect(_KARIN, crowd)).then_refused("too_many_readers", field="readers")
    SPEC.given(_of("karin")).when(NameReaders(_KARIN, crowd)).then_refused("too_many_readers", field="readers")


_USERS: Final = ("karin", "kalle", "lotta", "dag")
_ROLES: Final = {
    "karin": Role.COORDINATOR,
    "kalle": Role.COORDINATOR,
    "lotta": Role.LOTS,
    "dag": Role.OPERATIONS,
}
_STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(["refer", "protect", "name", "lift"]),
        st.sampled_from(["karin", "kalle", "dag"]),
        st.frozensets(st.sampled_from(_USERS)),
    ),
    max_size=12,
)


def _change(what: str, by: str, readers: frozenset[str]) -> Change:
    decider = Decider(by, frozenset({_ROLES[by]}))
    match what:
        case "protect":
            return Protect(decider, readers)
        case "name":
            return NameReaders(decider, readers)
        case _:
            return Lift(decider)


class _Told:
    """The rule, told once more as a list of who may read: None while the person is not protected."""

    def __init__(self) -> None:
        self.readers: set[str] | None = None
        self.anybody_here = False

    def step(self, what: str, by: str, readers: frozenset[str]) -> bool:
        """True if the step is allowed."""
        coordinator = by != "dag"
        match what:
            case "refer" if self.readers is None:
                self.readers, self.anybody_here = set(readers), bool(readers)
            case "refer":
                pass  # whoever is protected already stays so
            case "protect" if self.readers is None:
                self.readers, self.anybody_here = {by, *readers}, True
            case "lift" if self.readers is not None and by in self.readers:
                self.readers = None
            case "name" if self.readers is not None:
                return self._name(by, readers, coordinator=coordinator)
            case _:
                return False
        return True

    def _name(self, by: str, readers: frozenset[str], *, coordinator: bool) -> bool:
        assert self.readers is not None
        if by in self.readers or not coordinator:
            wanted = set(readers)
        elif not self.anybody_here:
            wanted = {by, *readers, *self.readers}
        else:
            return False
        if not wanted or (wanted == self.readers and self.anybody_here):
            return False
        self.readers, self.anybody_here = wanted, True
        return True


@settings(max_examples=examples(300))
@given(steps=_STEPS)
def test_whatever_the_order_of_changes_a_user_sees_what_the_rule_says(
    steps: list[tuple[str, str, frozenset[str]]],
) -> None:
    protection: Protection | None = None
    rule = _Told()
    for what, by, readers in steps:
        before = protection
        allowed = rule.step(what, by, readers)
        if what == "refer":
            protection = protection or referred(readers, None)
        else:
            try:
                protection = decide(_change(what, by, readers), protection)
            except Refused:
                assert not allowed, (what, by, readers)
                assert protection is before
            else:
                assert allowed, (what, by, readers)
        for user in _USERS:
            sees = protection is None or protection.open_to(user)
            assert sees == (rule.readers is None or user in rule.readers)


def test_no_place_is_shown_beside_a_case_whose_person_may_be_protected() -> None:
    [read, withheld, unanswered] = [UUID(int=nth) for nth in range(3)]
    names = Names({read: "Asta Ek", withheld: "Skyddade personuppgifter"}, [withheld])
    assert [names.shows_place(each) for each in (read, withheld, unanswered)] == [True, False, False]
    assert dict(names) == {read: "Asta Ek", withheld: "Skyddade personuppgifter"}
