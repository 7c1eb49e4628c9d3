"""Insatser whose rules differ from the catalogue's in one respect."""

from contracts.catalogue import Insats


def superseded_by_exit(insats: Insats) -> Insats:
    """The same insats, where an exit takes its follow-ups away in every version."""
    versions = tuple(
        rule.model_copy(
            update={
                "follow_ups": tuple(each.model_copy(update={"superseded_by": ("exit",)}) for each in rule.follow_ups)
            }
        )
        for rule in insats.versions
    )
    return insats.model_copy(update={"versions": versions})
