"""Sends an e-mail by SMTP and says what came of it: taken, refused for good, or not now."""

import asyncio
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, TypeAlias

import aiosmtplib

from services.chassis.settings import Settings, SmtpSecurity

_REFUSED_FOR_GOOD: Final = 500


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in, how, and from whom. ``timeout``: seconds for one message from first to last."""

    host: str
    port: int
    security: SmtpSecurity
    sender: str
    timeout: float
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Taken:
    """The server has the message."""


@dataclass(frozen=True)
class Refused:
    """The server refuses the address or the message for good: the same again would be refused again."""

    code: int


@dataclass(frozen=True)
class NotNow:
    """It was not taken, and may be later. ``why``: a code of SMTP or the class of an error; never what the server
    said, which may repeat the address."""

    why: str


Outcome: TypeAlias = Taken | Refused | NotNow


def mail_server(settings: Settings) -> MailServer | None:
    """The server that the settings name; None: no mail is sent."""
    if settings.smtp_host is None:
        return None
    password = settings.secrets.get("smtp_password")
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        sender=settings.smtp_sender,
        timeout=settings.smtp_timeout,
        user=settings.smtp_user,
        password=None if password is None else password.decode(),
    )


async def send(message: EmailMessage, recipient: str, server: MailServer) -> Outcome:
    """Hands one message for one recipient in.

    A 5xx answer to the recipient or to the message is its own fault. One to the greeting, to signing in or to the
    sender is a fault of this installation, which somebody may mend: those are NotNow, as is every 4xx, a server that
    does not answer, and one that answers too slowly.
    """
    try:
        async with asyncio.timeout(server.timeout):
            await _hand_in(message, recipient, server)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return _by_code(error.recipients[0].code)
    except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as error:
        return _by_code(error.code)
    except aiosmtplib.SMTPResponseException as error:
        return NotNow(str(error.code))
    except (aiosmtplib.SMTPException, OSError) as error:  # a TimeoutError is an OSError
        return NotNow(type(error).__name__)
    return Taken()


async def _hand_in(message: EmailMessage, recipient: str, server: MailServer) -> None:
    await aiosmtplib.send(
        message,
        sender=server.sender,
        recipients=[recipient],
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        # Otherwise the library asks the resolver for this machine's name, which blocks the loop while it waits.
        local_hostname=server.sender.partition("@")[2],
        timeout=server.timeout,
    )


def _by_code(code: int) -> Outcome:
    return Refused(code) if code >= _REFUSED_FOR_GOOD else NotNow(str(code))
