"""``python -m services.referral``: one worker of the referral service."""

from services.chassis.service import serve
from services.referral.app import create

if __name__ == "__main__":
    serve(create, "referral")
