"""The coordinators' pages of the referral service."""
