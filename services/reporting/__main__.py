"""Runs the reporting service: ``python -m services.reporting``."""

from services.chassis.service import serve
from services.reporting.app import create

if __name__ == "__main__":
    serve(create, "reporting")
