"""For whom a report is: what stands in it for the client, what for readers outside, and the search of the finished files."""

from __future__ import annotations

from seglib.report.privacy.derived import LEAST, small
from seglib.report.privacy.outside import Cells, announced, cells, masked
from seglib.report.privacy.scan import Finding, scan, told

__all__ = ["LEAST", "Cells", "Finding", "announced", "cells", "masked", "scan", "small", "told"]
