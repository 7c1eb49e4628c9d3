"""What a page sends on which all that one worker has is offered to colleagues: who gets what, piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, Field

from contracts.problems import Invalid
from services.chassis.user_ids import TypedId, user_id

ALL_AT_ONCE: Final = 100
"""How many pieces are offered or accepted with one button."""

_Piece = Annotated[str, Field(max_length=120)]


@dataclass(frozen=True)
class Offered:
    """A piece as the form names it, and the colleague who is to be asked."""

    piece: str
    to: str


@dataclass(frozen=True)
class RefusedPiece:
    """A piece that could not be offered or taken over, and why."""

    piece: str
    message: str


class Ticked(BaseModel):
    """The pieces of a list that were ticked."""

    chosen: Annotated[list[_Piece], Field(max_length=ALL_AT_ONCE)] = []

    def pieces(self) -> Sequence[str]:
        """Those that were ticked, each once. Raises Invalid if none was."""
        if not self.chosen:
            raise Invalid("nothing_chosen", "Kryssa för minst en i listan.", "chosen")
        return tuple(dict.fromkeys(self.chosen))


class HandOverForm(Ticked):
    """``av``: whose they are. ``to``: who is asked about all of them that have no ``receiver`` of their own; the
    receiver in a place of the list belongs to the ``row`` in the same place."""

    av: TypedId
    to: TypedId = ""
    row: Annotated[list[_Piece], Field(max_length=ALL_AT_ONCE)] = []
    receiver: Annotated[list[TypedId], Field(max_length=ALL_AT_ONCE)] = []

    def receiver_of(self, piece: str) -> str:
        """What was typed as the receiver of one piece; empty: the same as of the others."""
        return dict(zip(self.row, self.receiver, strict=False)).get(piece, "")

    def offers(self) -> Sequence[Offered]:
        """Whom each ticked piece is to be offered to. Raises Invalid, before anything is offered."""
        return [Offered(piece, self._to(piece)) for piece in self.pieces()]

    def _to(self, piece: str) -> str:
        own = self.receiver_of(piece).strip()
        return user_id(own, "receiver") if own else user_id(self.to, "to")
