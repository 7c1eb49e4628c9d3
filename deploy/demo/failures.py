"""What can go wrong in the play."""

from deploy.local.errors import LaunchError


class PlayFailed(LaunchError):
    """A step of the play was refused or never answered. The message names the step; no traceback is needed."""
