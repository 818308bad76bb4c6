"""``python -m benchmarks``: our own limits first, the race with the peers last."""

from __future__ import annotations

import sys

from benchmarks import clv, first_hour, house, market, peers, separation

if __name__ == "__main__":
    sys.exit(max(int(script.main() or 0) for script in (house, first_hour, market, clv, separation, peers)))
