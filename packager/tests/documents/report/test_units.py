"""Units: what UCUM's codes stand for, and figures of one dimension in one unit."""

from __future__ import annotations

from typing import Any

import pytest
from ucumvert import PintUcumRegistry

from dataset_packager.documents.report.comparisons import _by_unit
from dataset_packager.documents.report.units import METRIC, OTHERS, spelled_alike, unit_of

CODES = [
    *(code for code in (*METRIC, *OTHERS) if code not in ("10*", "10^", "bit", "[smi_i]", "ar")), "km", "km2", "km/h",
    "m/s2", "kW.h", "[mi_i]2", "kg", "mg/L", "m-1", "har", "hPa", "MHz", "Tbit", "mmol/L", "/s", "10*6", "dm3", "kg/m3",
]  # fmt: skip


@pytest.fixture(scope="module")
def registry() -> Any:
    return PintUcumRegistry()


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_the_size_and_the_dimension_that_a_units_library_gives(code: str, registry: Any) -> None:
    ours, theirs = unit_of(code), registry.from_ucum(code).to_base_units()
    assert ours is not None
    powers = {"g": "[mass]", "m": "[length]", "s": "[time]", "A": "[current]", "K": "[temperature]",
              "cd": "[luminosity]", "mol": "[substance]"}  # fmt: skip
    dimension = {powers.get(name, name): power for name, power in ours.dimension}
    size = ours.size
    if "bit" in dimension:
        del dimension["bit"]
    else:
        size *= 1e-3 ** dimension.get("[mass]", 0)  # the library's base unit is the kilogram
        assert size == pytest.approx(float(theirs.magnitude), rel=1e-3 if code in ("mo", "a") else 1e-6)
    assert dimension == {name: int(power) for name, power in theirs.dimensionality.items()}


@pytest.mark.parametrize("code", ["", "USD", "km km", "(m/s)2", "Cel", "x" * 100, "m//s", "[mi_i", "kkm", "😀"])
def test_what_is_no_code_that_is_known_measures_something_of_its_own(code: str) -> None:
    assert unit_of(code) is None


def test_what_is_counted_is_a_dimension_of_its_own() -> None:
    soldiers, tanks = unit_of("{soldiers}"), unit_of("10*3.{tanks}")
    assert soldiers is not None
    assert tanks is not None
    assert soldiers.dimension != tanks.dimension
    assert tanks.size == 1000


@pytest.mark.parametrize(
    ("one", "other"),
    [("kilometers", "kilometre"), ("Square Kilometres", "square kilometer"), ("litres", "liter"), ("feet", "foot")],
)
def test_spellings_of_one_unit_are_one(one: str, other: str) -> None:
    assert spelled_alike(one) == spelled_alike(other)


def figure(value: float | None, unit: str, code: str, high: float | None = None) -> dict[str, Any]:
    low, high = value, value if high is None else high
    return {"low": low, "high": high, "unit": unit, "code": code, "value": "" if value is None else str(value)}


def test_figures_of_one_dimension_stand_on_one_scale_and_say_what_was_converted() -> None:
    accounts = [
        {"by": "A", "figures": [figure(1000, "miles", "[mi_i]"), figure(3, "days", "d")]},
        {"by": "B", "figures": [figure(2000, "kilometres", "km"), figure(None, "", "")]},
        {"by": "C", "figures": [figure(1500, "kilometers", "km"), figure(7, "tanks", ""), figure(9, "tank", "")]},
    ]
    groups = _by_unit(accounts)
    lengths = groups[0]
    assert [one["by"] for one in lengths["figures"]] == ["A", "B", "C"]
    assert lengths["unit"] == "kilometres"
    assert [one["converted"] for one in lengths["figures"]] == ["1,610 kilometres", "", ""]
    assert lengths["most"] == 2000
    assert [label for label, _ in lengths["ticks"]] == ["0", "500", "1,000", "1,500", "2,000"]
    places = [one["to"] for one in lengths["figures"]]
    assert places[0] / places[1] == pytest.approx(1609.344 / 2000, abs=0.01)
    assert sorted(len(group["figures"]) for group in groups) == [1, 1, 2, 3]
    without = next(group for group in groups if not group["most"])
    assert without["ticks"] == []
    assert [one["value"] for one in without["figures"]] == [""]
