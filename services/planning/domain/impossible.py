"""A fact of our own that cannot have happened where it stands in its stream."""


class ImpossibleFactError(Exception):
    """The log contradicts itself. A decision never leads here; a correction that would is refused before it is
    appended. The message names types of facts, never values."""
