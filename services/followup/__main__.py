"""Runs the follow-up service: ``python -m services.followup``."""

from services.chassis.service import serve
from services.followup.app import create

if __name__ == "__main__":
    serve(create, "followup")
