"""What the page of referrals shows of its list: state, insats and place, as its addresses say."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query

from contracts.model import Code
from services.referral.domain.permissions import CaseState
from services.referral.inbox_store import Inbox, Page, Place

LIST: Final = "/anmalningar"


@dataclass(frozen=True)
class View:
    """A list and the place in it. Tabs, pages, the look for news and decisions hand it on in their addresses."""

    inbox: Inbox
    place: Place = field(default_factory=Place)

    @property
    def state(self) -> CaseState:
        """The state of the list's cases."""
        return self.inbox.state

    @property
    def query(self) -> str:
        """What says so in an address, without what goes without saying."""
        said = {
            "state": "" if self.state is CaseState.WAITING else self.state.value,
            "insats": self.inbox.insats or "",
            "efter": self.place.after or "",
            "fore": self.place.before or "",
            "sist": "true" if self.place.last else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    def address(self, path: str = LIST, **more: object) -> str:
        """An address with the view in it."""
        query = "&".join(part for part in (self.query, urlencode(more)) if part)
        return f"{path}?{query}" if query else path

    def at(self, place: Place) -> "View":
        """Another place of the same list."""
        return replace(self, place=place)

    def of(self, state: CaseState) -> "View":
        """The beginning of the list of another state, to the same insats."""
        return View(replace(self.inbox, state=state))

    @property
    def newest(self) -> "View":
        """The page that whoever came last is on."""
        return self.at(Place(last=self.inbox.oldest_first))

    def beside(self, page: Page) -> "tuple[str | None, str | None]":
        """The addresses of the pages before and after one that is shown; None where there is none."""
        before = self.at(Place(before=page.rows[0].case_id)).address() if page.has_previous else None
        after = self.at(Place(after=page.rows[-1].case_id)).address() if page.has_next else None
        return before, after


async def _view(
    state: CaseState = CaseState.WAITING,
    insats: Annotated[Code | Literal[""], Query()] = "",
    efter: UUID | None = None,
    fore: UUID | None = None,
    sist: bool = False,
) -> View:
    return View(Inbox(state, insats or None), Place(efter, fore, sist))


ViewOf = Annotated[View, Depends(_view)]
