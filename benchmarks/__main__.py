"""``python -m benchmarks``: our own limits, then the race with the peers."""

from __future__ import annotations

import sys

from benchmarks import house, peers

if __name__ == "__main__":
    sys.exit(max(house.main(), peers.main()))
