"""Baseline A: tables of rows, and what templates remember, in plain Python."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Row(tuple[Any, ...]):
    """A tuple whose cells can be read by name."""

    columns: list[str]

    def __new__(cls, record: Mapping[str, Any]) -> Row:
        row = super().__new__(cls, record.values())
        row.columns = list(record)
        return row

    def __getattr__(self, name: str) -> Any:
        try:
            return self[self.columns.index(name)]
        except ValueError:
            raise AttributeError(name) from None


class Sample:
    """A table to draw from."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.weights: dict[str, list[float]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, place: Any) -> Any:
        return self.rows[place]

    def pick(self) -> Row:
        return random.choice(self.rows)

    def pick_n(self, n: int) -> list[Row]:
        return random.choices(self.rows, k=n)

    def weighted_pick(self, column: str) -> Row:
        if column not in self.weights:
            self.weights[column] = [float(getattr(row, column)) for row in self.rows]
        return random.choices(self.rows, weights=self.weights[column])[0]

    def where(self, **conditions: Any) -> Sample:
        wanted = conditions.items()
        return Sample([row for row in self.rows if all(getattr(row, c) == v for c, v in wanted)])


class State:
    """Values by key."""

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: Any, value: Any) -> None:
        self.values[key] = value

    def update(self, values: Mapping[Any, Any]) -> None:
        self.values.update(values)

    def pop(self, key: Any, default: Any = None) -> Any:
        return self.values.pop(key, default)

    def __getitem__(self, key: Any) -> Any:
        return self.values.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self.values


class Samples:
    """The tables by name."""

    def __init__(self, options: Mapping[str, Any], base: Path) -> None:
        for name, source in options.items():
            setattr(self, name, Sample([Row(record) for record in records(source, base)]))


def records(options: Mapping[str, Any], base: Path) -> list[dict[str, Any]]:
    """Return a sample's rows, each as a mapping from its columns."""
    if options["type"] == "items":
        return [{"_0": item} for item in options["source"]]
    with (base / options["source"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file)) if options["type"] == "csv" else json.load(file)
