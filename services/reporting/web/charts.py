"""Charts as SVG by Vega-Lite, in this process. A chart shows what a table beside it says, and no more."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import vl_convert

from services.chassis.pages import Scheme

_VEGA_LITE: Final = "https://vega.github.io/schema/vega-lite/v6.json"
_WIDTH: Final = 640
_HEIGHT: Final = 240


@dataclass(frozen=True)
class Palette:
    """Colours of a scheme: those of the pages (samspel.css), written out, because an image has no style sheet."""

    surface: str
    ink: str
    soft: str
    accent: str


PALETTES: Final[Mapping[Scheme, Palette]] = {
    Scheme.LIGHT: Palette(surface="#ffffff", ink="#171717", soft="#525252", accent="#25607f"),
    Scheme.DARK: Palette(surface="#262626", ink="#f2f2f2", soft="#a6a6a6", accent="#6ca3c0"),
}


@dataclass(frozen=True)
class Bar:
    """A bar: where it stands on the axis, the series it is of, and how high it is."""

    label: str
    series: str
    count: int


async def bar_chart(bars: Sequence[Bar], scheme: Scheme) -> bytes:
    """The bars in their order, each with its count above it. Of two series the first is filled and the second only
    outlined, so that they are told apart without colours. It loads nothing, and holds no style and no script."""
    return await _drawn(_chart(bars, PALETTES[scheme]))


@dataclass(frozen=True)
class LinePoint:
    """A point of a line: its step, the series it is of, and whole per cent."""

    step: int
    series: str
    percent: int


async def line_chart(points: Sequence[LinePoint], scheme: Scheme, step_title: str) -> bytes:
    """The points of each series joined, from 0 to 100 per cent. Series differ in their dashes and in the shape of
    their points, so that they are told apart without colours."""
    return await _drawn(_lines(points, PALETTES[scheme], step_title))


async def _drawn(chart: dict[str, Any]) -> bytes:
    svg = await asyncio.to_thread(vl_convert.vegalite_to_svg, chart)
    return svg.encode()


def _chart(bars: Sequence[Bar], palette: Palette) -> dict[str, Any]:
    series = list(dict.fromkeys(bar.series for bar in bars))
    labels = list(dict.fromkeys(bar.label for bar in bars))
    place = {
        "x": {"field": "label", "type": "nominal", "sort": labels, "axis": {"title": None, "labelAngle": 0}},
        "xOffset": {"field": "series", "type": "nominal", "sort": series},
        "y": {"field": "count", "type": "quantitative", "axis": {"title": None, "format": "d", "tickMinStep": 1}},
    }
    legend = {"title": None, "orient": "top"} if len(series) > 1 else None
    told_apart = {
        channel: {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": series, "range": colours[: len(series)]},
            "legend": legend,
        }
        for channel, colours in {
            "fill": [palette.accent, palette.surface],
            "stroke": [palette.accent, palette.ink],
        }.items()
    }
    bar = {"mark": {"type": "bar", "strokeWidth": 1.5}, "encoding": {**place, **told_apart}}
    number = {
        "mark": {"type": "text", "baseline": "bottom", "dy": -3, "color": palette.ink},
        "encoding": {**place, "text": {"field": "count", "type": "quantitative", "format": "d"}},
    }
    values = [{"label": each.label, "series": each.series, "count": each.count} for each in bars]
    return _image(values, [bar, number], palette)


def _lines(points: Sequence[LinePoint], palette: Palette, step_title: str) -> dict[str, Any]:
    series = list(dict.fromkeys(point.series for point in points))
    by_series = {"field": "series", "type": "nominal", "sort": series}
    legend = {"title": None, "orient": "top", "symbolStrokeColor": palette.ink, "labelLimit": 300, "columns": 1}
    percent = {"title": "Procent", "values": [0, 25, 50, 75, 100]}
    place = {
        "x": {
            "field": "step",
            "type": "quantitative",
            "axis": {"title": step_title, "format": "d", "tickMinStep": 1},
        },
        "y": {"field": "percent", "type": "quantitative", "scale": {"domain": [0, 100]}, "axis": percent},
    }
    line = {
        "mark": {"type": "line", "strokeWidth": 2, "color": palette.accent},
        "encoding": {**place, "strokeDash": {**by_series, "legend": None}},
    }
    mark = {
        "mark": {"type": "point", "filled": False, "color": palette.ink, "size": 45},
        "encoding": {**place, "shape": {**by_series, "legend": legend}},
    }
    values = [{"step": each.step, "series": each.series, "percent": each.percent} for each in points]
    return _image(values, [line, mark], palette)


def _image(
    values: Sequence[Mapping[str, Any]], layer: Sequence[Mapping[str, Any]], palette: Palette
) -> dict[str, Any]:
    return {
        "$schema": _VEGA_LITE,
        "width": _WIDTH,
        "height": _HEIGHT,
        "background": palette.surface,
        "data": {"values": values},
        "layer": layer,
        "config": {
            "aria": False,
            "font": "sans-serif",
            "axis": {
                "labelColor": palette.ink,
                "labelFontSize": 13,
                "domainColor": palette.soft,
                "tickColor": palette.soft,
                "gridColor": palette.soft,
                "gridOpacity": 0.3,
                "titleColor": palette.ink,
                "titleFontSize": 13,
            },
            "legend": {"labelColor": palette.ink, "labelFontSize": 13},
            "text": {"fontSize": 13},
            "view": {"stroke": None},
        },
    }
