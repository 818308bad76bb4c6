"""``python -m benchmarks``: our own limits first, the race with the peers last."""

from __future__ import annotations

import sys

from benchmarks import clv, house, market, peers, separation

if __name__ == "__main__":
    sys.exit(max(int(script.main() or 0) for script in (house, market, clv, separation, peers)))
