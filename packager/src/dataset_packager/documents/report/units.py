"""Units by their UCUM codes (Unified Code for Units of Measure 2.2): what they measure, and how large they are.

Enough of UCUM to bring figures of one dimension to one unit: its base units, prefixes, the customary units that texts
name, products, quotients and powers. A code that isn't understood measures something of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIXES = {
    "Y": 1e24, "Z": 1e21, "E": 1e18, "P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 1e1,
    "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
}  # fmt: skip
METRIC = {  # with prefixes: size in the base units m, s, g, A, K, cd, mol, bit, and those that stand behind
    "m": (1, "m"), "s": (1, "s"), "g": (1, "g"), "A": (1, "A"), "K": (1, "K"), "cd": (1, "cd"), "mol": (1, "mol"),
    "bit": (1, "bit"), "By": (8, "bit"), "L": (1e-3, "m3"), "l": (1e-3, "m3"), "ar": (100, "m2"), "t": (1e6, "g"),
    "N": (1e3, "g.m/s2"), "J": (1e3, "g.m2/s2"), "W": (1e3, "g.m2/s3"), "Pa": (1e3, "g/m/s2"), "bar": (1e8, "g/m/s2"),
    "Hz": (1, "/s"), "V": (1e3, "g.m2/s3/A"), "C": (1, "s.A"), "Wb": (1e3, "g.m2/s2/A"), "cal": (4184, "g.m2/s2"),
    "eV": (1.602176634e-16, "g.m2/s2"), "pc": (3.0856775814913673e16, "m"), "rad": (1, ""), "Bq": (1, "/s"),
    "Sv": (1, "m2/s2"), "Gy": (1, "m2/s2"), "Ohm": (1e3, "g.m2/s3/A2"), "F": (1e-3, "A2.s4/g/m2"),
}  # fmt: skip
OTHERS = {
    "min": (60, "s"), "h": (3600, "s"), "d": (86400, "s"), "wk": (604800, "s"), "mo": (2629800, "s"),
    "a": (31557600, "s"), "%": (0.01, ""), "[ppth]": (1e-3, ""), "[ppm]": (1e-6, ""), "10*": (10, ""), "10^": (10, ""),
    "[in_i]": (0.0254, "m"), "[ft_i]": (0.3048, "m"), "[yd_i]": (0.9144, "m"), "[mi_i]": (1609.344, "m"),
    "[nmi_i]": (1852, "m"), "[ft_us]": (1200 / 3937, "m"), "[mi_us]": (5280 * 1200 / 3937, "m"),
    "AU": (149597870700, "m"), "[ly]": (9460730472580800, "m"), "[sin_i]": (0.0254**2, "m2"),
    "[sft_i]": (0.3048**2, "m2"), "[syd_i]": (0.9144**2, "m2"), "[smi_us]": ((5280 * 1200 / 3937) ** 2, "m2"),
    "[smi_i]": (1609.344**2, "m2"), "[acr_us]": (43560 * (1200 / 3937) ** 2, "m2"), "[gal_us]": (3.785411784e-3, "m3"),
    "[bbl_us]": (0.158987294928, "m3"), "[gal_br]": (4.54609e-3, "m3"), "[oz_av]": (28.349523125, "g"),
    "[lb_av]": (453.59237, "g"), "[ston_av]": (907184.74, "g"), "[lton_av]": (1016046.9088, "g"),
    "[kn_i]": (1852 / 3600, "m/s"), "[HP]": (745699.8715822702, "g.m2/s3"), "deg": (0.017453292519943295, ""),
}  # fmt: skip
_COMPONENT = re.compile(r"(?P<atom>(?:\[[^\]\s]+\]|10[*^]|[A-Za-z%])[A-Za-z]*?)(?P<power>[+-]?\d{1,2})?(?:\{[^}]*\})?")
_SPLIT = re.compile(r"(?=[./])")
LONGEST = 60
Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its size in base units, and what it measures as powers of these."""

    size: float
    dimension: Dimension


def unit_of(code: str) -> Unit | None:
    """Return the unit that a UCUM code stands for, None where it isn't understood."""
    if not code or len(code) > LONGEST or "(" in code:
        return None
    size, powers = 1.0, dict[str, int]()
    for part in filter(None, _SPLIT.split(code)):
        found = _component(part.removeprefix(".").removeprefix("/"))
        if found is None:
            return None
        sign = -1 if part.startswith("/") else 1
        size *= found.size**sign
        for name, power in found.dimension:
            powers[name] = powers.get(name, 0) + sign * power
    return Unit(size, tuple(sorted((name, power) for name, power in powers.items() if power)))


def _component(text: str) -> Unit | None:
    if text.startswith("{") and text.endswith("}"):
        return Unit(1, ((text, 1),))  # what is counted
    match = _COMPONENT.fullmatch(text)
    atom = _atom(match["atom"]) if match else None
    if match is None or atom is None:
        return None
    power = int(match["power"] or 1)
    return Unit(atom.size**power, tuple((name, each * power) for name, each in atom.dimension))


def _atom(name: str) -> Unit | None:
    for size, base in filter(None, (OTHERS.get(name), METRIC.get(name))):
        return _based(size, base)
    for length in (1, 2):
        prefix, rest = name[:length], name[length:]
        if prefix in PREFIXES and rest in METRIC:
            size, base = METRIC[rest]
            return _based(PREFIXES[prefix] * size, base)
    return None


def _based(size: float, base: str) -> Unit:
    powers = dict[str, int]()
    for sign, name, power in re.findall(r"([./]?)([A-Za-z]+)(\d?)", base):
        powers[name] = powers.get(name, 0) + (-1 if sign == "/" else 1) * int(power or 1)
    return Unit(size, tuple(sorted(powers.items())))


_SPELLED = (
    (re.compile(r"\b(square|cubic) "), r"\1 "),
    (re.compile(r"(met|lit)re"), r"\1er"),
    (re.compile(r"tonne"), "ton"),
    (re.compile(r"(?<=[^s])s\b"), ""),
    (re.compile(r"\bfeet\b"), "foot"),
)


def spelled_alike(words: str) -> str:
    """Return a unit's name in one spelling: ``square kilometres`` and ``square kilometer`` are one."""
    text = " ".join(words.casefold().split())
    for pattern, right in _SPELLED:
        text = pattern.sub(right, text)
    return text
