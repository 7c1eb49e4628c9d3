"""Figures as declarations: what each counts, among whom, in which period, by what it is broken down, and from where.

:mod:`contracts.indicators.declaration` says what a declaration is made of; reporting makes the questions to its
database from them. A wrong file stops reporting at its start with ``file:line: reason``.
"""

from contracts.indicators.checking import Declared, FactColumns
from contracts.indicators.declaration import Breakdown, Indicator
from contracts.indicators.goals import MeasuredGoal
from contracts.indicators.loading import INDICATORS_FOLDER, load_goals, load_indicators

__all__ = [
    "INDICATORS_FOLDER",
    "Breakdown",
    "Declared",
    "FactColumns",
    "Indicator",
    "MeasuredGoal",
    "load_goals",
    "load_indicators",
]
