"""Figures that are held to limits."""

import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    """What was measured once, or several times: then the worst is held to the limit. The limit is the most that it may be;
    with `least`, the least."""

    name: str
    measured: float | list
    limit: float | None = None
    least: bool = False

    def holds(self):
        """Whether it does."""
        if self.limit is None:
            return True
        return self._worst() >= self.limit if self.least else self._worst() <= self.limit

    def median(self):
        """What stands for it beside others."""
        return statistics.median(self.measured) if isinstance(self.measured, list) else self.measured

    def __str__(self):
        several = isinstance(self.measured, list)
        return f"{_number(self.median())} / {_number(self._worst())}" if several else _number(self.measured)

    def _worst(self):
        return max(self.measured) if isinstance(self.measured, list) else self.measured


def hold(figures):
    """Prints figures, each with its name, its value and the most that it may be. Says whether all hold."""
    figures = [Figure(*figure) for figure in figures]
    print("| figure | measured | at most | |\n|---|--:|--:|---|")
    for figure in figures:
        print(f"| {figure.name} | {figure} | {figure.limit} | {_verdict(figure.holds())} |")
    return all(figure.holds() for figure in figures)


def compare(columns):
    """Prints figures of the same names beside each other, a column for each of `{heading: figures}`, and how much the last
    is of the one before it. Says whether all hold that are there."""
    tables = [{figure.name: figure for figure in figures} for figures in columns.values()]
    print(f"| figure | limit | {' | '.join(columns)} | last ÷ one before | |\n|---|--:|{'--:|' * len(columns)}--:|---|")
    rows = {name: None for table in tables for name in table}
    for name in rows:
        found = [table.get(name) for table in tables]
        known = [figure for figure in found if figure]
        rows[name] = all(figure.holds() for figure in known)
        limit = known[0].limit
        bound = "" if limit is None else f"{'≥' if known[0].least else '≤'} {limit:,g}"
        cells = " | ".join("failed" if figure is None else str(figure) for figure in found)
        verdict = "" if limit is None else _verdict(rows[name])
        print(f"| {name} | {bound} | {cells} | {_growth(found[-2:])} | {verdict} |")
    return all(rows.values())


def _growth(two):
    if len(two) < 2 or None in two or not two[0].median():
        return ""
    return f"× {two[1].median() / two[0].median():.2f}"


def _verdict(holds):
    return "holds" if holds else "DOES NOT HOLD"


def _number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.1f}"
