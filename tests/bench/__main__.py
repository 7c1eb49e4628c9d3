"""``make bench``: measures, prints one table, writes JSON, and fails if the bar is not met.

Every figure is a ratio to a baseline of the same run on the same machine; bare times say little here.
"""

import asyncio
import json
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
from rich.console import Console
from rich.table import Table

from deploy.local.stack import LocalStack
from tests.bench import commands, follow_ups, intake, latency, rebuild, search
from tests.conftest import local_settings

RESULTS: Final = Path("bench-results")
LEAST_REBUILD_RATIO: Final = 0.6
LEAST_COMMANDS_RATIO: Final = 0.5
LEAST_INTAKE_RATIO: Final = 0.4
MOST_SEARCH_RATIO: Final = 1.5
LEAST_TAKEN_UP: Final = 2_000  # a second: of obligations, what one worker must manage after a long stop
MOST_LIST_RATIO: Final = 1.5
MOST_P99_RATIO: Final = {"referral": 3.0, "samplan": 5.0}


def main() -> int:
    """0 if the bar is met."""
    with (
        tempfile.TemporaryDirectory(prefix="samspel-bench-", dir="/var/tmp") as folder,  # large files
        LocalStack(local_settings(Path(folder) / "data"), say=lambda line: print(line, flush=True)) as stack,
    ):
        print("Measuring waiting times ...", flush=True)
        waits = asyncio.run(latency.measure(stack))
        memory = {name: _peak_mebibytes(workers[0].pid) for name, workers in stack.services.items()}
        print("Measuring the intake ...", flush=True)
        taken_in = asyncio.run(intake.measure(stack))
        print("Measuring commands ...", flush=True)
        carried_out = asyncio.run(commands.measure(stack))
        print("Measuring the rebuild ...", flush=True)
        rebuilt = asyncio.run(rebuild.measure(stack.bootstrap, stack.postgres))
        print("Measuring the search ...", flush=True)
        searched = asyncio.run(search.measure(stack.postgres))
        print("Measuring follow-ups ...", flush=True)
        followed_up = asyncio.run(follow_ups.measure(stack.postgres))
    results: dict[str, Any] = {
        "measured_at": datetime.now(UTC).isoformat(),
        "machine": f"{platform.processor() or platform.machine()}, {psutil.cpu_count()} cores",
        "rebuild": rebuilt,
        "commands": carried_out,
        "intake": taken_in,
        "search": searched,
        "follow_ups": followed_up,
        "latency": waits,
        "latency_ratio_p99": _ratios(waits, "p99_ms"),
        "latency_ratio_median": _ratios(waits, "median_ms"),
        "peak_memory_mib": memory,
    }
    _write(results)
    _print(results)
    return 0 if _meets_the_bar(results) else 1


def _ratios(waits: dict[str, dict[str, float]], cut: str) -> dict[str, float]:
    return {kind: waits[kind][cut] / waits["bare"][cut] for kind in MOST_P99_RATIO}


def _peak_mebibytes(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def _write(results: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(results, indent=2), encoding="utf-8")
    print(f"Written: {path}")


def _meets_the_bar(results: dict[str, Any]) -> bool:
    return (
        results["rebuild"]["ratio"] >= LEAST_REBUILD_RATIO
        and results["commands"]["ratio"] >= LEAST_COMMANDS_RATIO
        and results["intake"]["ratio"] >= LEAST_INTAKE_RATIO
        and all(results["search"][what]["page_ratio"] <= MOST_SEARCH_RATIO for what in ("search", "queue"))
        and results["follow_ups"]["taken_up"]["obligations_per_second"] >= LEAST_TAKEN_UP
        and results["follow_ups"]["list"]["ratio"] <= MOST_LIST_RATIO
        and all(results["latency_ratio_p99"][kind] <= most for kind, most in MOST_P99_RATIO.items())
    )


def _print(results: dict[str, Any]) -> None:
    table = Table("what", "measured", "baseline", "ratio", "bar")
    rebuilt = results["rebuild"]
    table.add_row(
        "rebuild of reporting, events/s",
        f"{rebuilt['events_per_second']:,.0f}",
        f"{rebuilt['bare_events_per_second']:,.0f}",
        f"{rebuilt['ratio']:.2f}",
        f"≥ {LEAST_REBUILD_RATIO}",
    )
    carried_out = results["commands"]
    table.add_row(
        f"commands over HTTP, {commands.AT_ONCE} at once, one worker, a second",
        f"{carried_out['commands_per_second']:,.0f}",
        f"{carried_out['bare_per_second']:,.0f}",
        f"{carried_out['ratio']:.2f}",
        f"≥ {LEAST_COMMANDS_RATIO}",
    )
    taken_in = results["intake"]
    table.add_row(
        "referrals taken in by one worker, a second",
        f"{taken_in['referrals_per_second']:,.0f}",
        f"{taken_in['bare_per_second']:,.0f}",
        f"{taken_in['ratio']:.2f}",
        f"≥ {LEAST_INTAKE_RATIO}",
    )
    searched = results["search"]
    for what, said in (
        ("search", f"search over {searched['persons']:,} persons"),
        ("queue", f"page of a queue of {searched['waiting']:,}"),
    ):
        figures = searched[what]
        for way, bar in (("service", ""), ("page", f"≤ {MOST_SEARCH_RATIO}")):
            table.add_row(
                f"{said}, {'the page over HTTP' if bar else 'what the service does for it'}, ms",
                f"{figures[f'{way}_ms']:.1f}",
                f"{figures['bare_ms']:.1f}",
                f"{figures[f'{way}_ratio']:.2f}",
                bar,
            )
    taken_up, listed = results["follow_ups"]["taken_up"], results["follow_ups"]["list"]
    table.add_row(
        f"obligations claimed and fired by one worker, of {taken_up['obligations']:,}, a second",
        f"{taken_up['obligations_per_second']:,.0f}",
        f"{taken_up['bare_per_second']:,.0f}",
        f"{taken_up['ratio']:.2f}",
        f"≥ {LEAST_TAKEN_UP:,} a second",
    )
    table.add_row(
        f"the day's list under {listed['cases']:,} cases, p95 ms",
        f"{listed['page_p95_ms']:.1f}",
        f"{listed['bare_p95_ms']:.1f}",
        f"{listed['ratio']:.2f}",
        f"≤ {MOST_LIST_RATIO}",
    )
    names = {"referral": "referral published → in the list", "samplan": "samplan posted → three follow-ups"}
    for kind, name in names.items():
        for cut, ratios, bar in (
            ("median_ms", "latency_ratio_median", ""),
            ("p99_ms", "latency_ratio_p99", f"≤ {MOST_P99_RATIO[kind]:g}"),
        ):
            table.add_row(
                f"{name}, {cut.removesuffix('_ms')} ms",
                f"{results['latency'][kind][cut]:.1f}",
                f"{results['latency']['bare'][cut]:.1f}",
                f"{results[ratios][kind]:.2f}",
                bar,
            )
    for name, mebibytes in results["peak_memory_mib"].items():
        table.add_row(f"peak memory of {name}, MiB", f"{mebibytes:.0f}", "", "", "")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
