"""Names for Arrow's arrays and fields: their stubs ask for type parameters that are known at run time only."""

from __future__ import annotations

from typing import Any

Array = Any
ArrowField = Any
DataType = Any
