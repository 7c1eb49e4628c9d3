"""Runs the planning service: ``python -m services.planning``."""

from services.chassis.service import serve
from services.planning.app import create

if __name__ == "__main__":
    serve(create, "planning")
