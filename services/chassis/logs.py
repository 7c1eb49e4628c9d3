"""Logging: one JSON object a line on standard output. Identities never get this far: nobody logs a record."""

import logging
import sys

import structlog


def configure(service: str, level: str) -> None:
    """Sends structlog and the standard library's loggers the same way."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Exceptions are logged by type and place; their messages may quote a record.
                structlog.processors.ExceptionRenderer(_type_and_place),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Access logs and per-record chatter drown what operations need.
    for chatty in ("uvicorn.access", "httpx", "httpcore", "aiokafka.consumer", "faststream"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def _type_and_place(
    exc_info: tuple[type[BaseException], BaseException, object],
) -> list[str]:
    chain: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        chain.append(f"{type(error).__name__} at {place}")
        error = error.__cause__ or error.__context__
    return chain


def logger() -> structlog.stdlib.BoundLogger:
    log: structlog.stdlib.BoundLogger = structlog.get_logger("samspel")
    return log
