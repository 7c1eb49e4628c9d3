"""The pages of the follow-up service."""
