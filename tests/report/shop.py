"""A small made shop on disk: order lines as csv and a client.yml, for runs through real kernels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CLIENT = """\
project: 茶叶小店
language: [en, zh]
currency: CNY
tables:
  orders:
    files: data/orders.csv
    columns: {order_id: order, customer_id: customer, ordered_at: day, amount: amount}
  customers:
    files: data/customers.csv
    columns: {customer_id: customer, province: province}
"""


def orders(n: int = 300, seed: int = 11) -> pd.DataFrame:
    """Order lines of two years: n customers with rates of their own, some of whom fall silent; a few refunds."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        rate, basket = random.gamma(1.2, 9), float(np.exp(random.normal(5, 0.5)))
        end = 730 if random.random() < 0.7 else random.uniform(60, 700)
        for number, day in enumerate(np.sort(random.uniform(0, end, random.poisson(rate * end / 365)))):
            amount = round(basket * float(np.exp(random.normal(0, 0.3))), 2)
            rows.append((f"o{customer}-{number}", f"c{customer:03d}", int(day), amount))
            if random.random() < 0.01:
                rows.append((f"o{customer}-{number}", f"c{customer:03d}", int(day), -amount))
    frame = pd.DataFrame(rows, columns=["order", "customer", "day", "amount"])
    frame["day"] = (pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["day"], unit="D")).dt.strftime("%Y-%m-%d")
    return frame


def write(folder: Path, n: int = 300) -> Path:
    """The project folder with its client.yml; gives the path of that file."""
    data = folder / "data"
    data.mkdir(parents=True)
    orders(n).to_csv(data / "orders.csv", index=False)
    people = pd.DataFrame({"customer": [f"c{i:03d}" for i in range(n + 12)], "province": ["江苏", "浙江", ""] * ((n + 12) // 3)})
    people.to_csv(data / "customers.csv", index=False, encoding="utf-8")
    (folder / "client.yml").write_text(CLIENT, encoding="utf-8")
    return folder / "client.yml"
