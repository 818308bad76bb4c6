"""The data sets that the methods are tried on: one loader each, from published data to canonical tables.

What a set does not have is made up only where a table could not be opened without it, and said in ``made``: a method that reads what was
made up would be judged on our invention, so such methods are left out (``skips``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import seglib
from seglib.client import Client
from seglib.settings import ClientSettings

MARKET_CUSTOMERS = 1000  # of the made market
SPREAD_OVER = 364  # days: choices without a date are spread evenly over a year


@dataclass(frozen=True)
class Clock:
    """What the clock of a set should be: usual and long gap in days, as of the last day and 92 days before it."""

    last: tuple[int, int]
    before: tuple[int, int]


@dataclass(frozen=True)
class Returns:
    """Who of a stage of silence came back, as it should be on the last day; per cent.

    Attributes:
        horizon, landmarks: Days looked ahead, and from how many past days.
        rates: Of the active, of the second and of the third stage.
        names: What the second and the third stage are called; () where they have no names of alarm.
    """

    horizon: int = 0
    landmarks: int = 0
    rates: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class TradeSet:
    """One data set.

    Attributes:
        key: Its short name.
        title: Its name in the table.
        load: Takes the folder of published data, gives the opened client.
        files: What it reads in that folder; where one is absent the set is skipped.
        rows: Order lines, or rows of the main table, that the publisher documents; 0 where nobody does.
        customers: Customers that the publisher documents; 0 where nobody does.
        made: What is made up, "" nothing.
        skips: Beginnings of column names that tell of what is made up; methods that need such a column are not tried.
        clock: The reference of its clock, None where there is none.
        stages: Shares of customers silent within the usual gap, up to the long one and beyond, and who bought in the next 92 days (per
            cent), as of 92 days before the last day; () where there is no reference.
        returns: The reference of the chance of return, None where there is none.
    """

    key: str
    title: str
    load: Callable[[Path], Client]
    files: tuple[str, ...] = ()
    rows: int = 0
    customers: int = 0
    made: str = ""
    skips: tuple[str, ...] = ()
    clock: Clock | None = None
    stages: tuple[tuple[int, int], ...] = ()
    returns: Returns | None = None

    def absent(self, shared: Path) -> list[str]:
        """Files that are not there."""
        return [name for name in self.files if not (shared / name).exists()]


SETS: list[TradeSet] = []  # in the order of the page
Loader = Callable[[Path], Client]


def trade_set(key: str, title: str, **facts: Any) -> Callable[[Loader], Loader]:
    """Enter the loader below into ``SETS``; ``facts`` are the other fields of ``TradeSet``."""

    def entered(load: Loader) -> Loader:
        SETS.append(TradeSet(key, title, load, **facts))
        return load

    return entered


DAY = "the day it stands on"
EVENLY = "dates: the choices of a household are spread evenly over a year"
# Columns that tell of time: no method that needs one of them can be judged where the dates are made up.
DATED = ("days_since", "history_days", "last_return", "tenure", "active_", "spend_last", "gaps", "first_order", "clock", "gap_75")


# --- helpers of several sets -----------------------------------------------------------------------------------------------------------


def _opened(currency: str, *, as_of: str = "", window: str = "", **frames: pd.DataFrame) -> Client:
    settings = ClientSettings(currency=currency, as_of=date.fromisoformat(as_of) if as_of else None, window=window or None)
    return seglib.open_frames(settings=settings, **frames)


def _text_ids(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(customer_id=frame["customer_id"].astype("str"))


def _numbered(frame: pd.DataFrame) -> list[str]:
    """A number a row, where every row is an order."""
    return [f"{number}" for number in range(len(frame))]


# --- goods bought again and again -----------------------------------------------------------------------------------------------------

CDNOW, RFM = "oracles/data/CDNOW_master.txt", "oracles/data/rfm_data_orders.csv"
RETAIL = "data/uci_online_retail"
FIRST_YEAR, SECOND_YEAR = f"{RETAIL}/online_retail_II_2009-2010.parquet", f"{RETAIL}/online_retail.parquet"


@trade_set(
    "retail2",
    "Online Retail, both years",
    files=(FIRST_YEAR, SECOND_YEAR),
    rows=1_044_847,
    customers=5_942,
    clock=Clock((173, 381), (150, 326)),
    stages=((48, 64), (28, 33), (24, 15)),
    returns=Returns(173, 2, (62, 36, 17), ("dormant", "churned")),
)
def online_retail_two_years(shared: Path) -> Client:
    """Both years, the nine days that stand in both files taken from the second; cancelled invoices are returns."""
    first = pd.read_parquet(shared / FIRST_YEAR).rename(columns={"Invoice": "InvoiceNo", "Price": "UnitPrice", "Customer ID": "CustomerID"})
    second = pd.read_parquet(shared / SECOND_YEAR)
    first = first[first["InvoiceDate"] < second["InvoiceDate"].min().normalize()]
    return _online_retail(pd.concat([first, second], ignore_index=True))


@trade_set(
    "retail1",
    "Online Retail, one year",
    files=(SECOND_YEAR,),
    rows=541_909,
    customers=4_372,
    clock=Clock((126, 258), (100, 178)),
    stages=((61, 68), (21, 44), (17, 34)),
    returns=Returns(92, 1, (68, 44, 34), ("dormant", "long_silent")),
)
def online_retail_one_year(shared: Path) -> Client:
    """The second year alone, which is the set that most tutorials use."""
    return _online_retail(pd.read_parquet(shared / SECOND_YEAR))


def _online_retail(lines: pd.DataFrame) -> Client:
    customer = lines["CustomerID"].astype("Int64").astype("str").where(lines["CustomerID"].notna())
    orders = pd.DataFrame(
        {
            "order_id": lines["InvoiceNo"].astype("str"),
            "customer_id": customer,
            "ordered_at": lines["InvoiceDate"],
            "product_id": lines["StockCode"].astype("str"),
            "quantity": lines["Quantity"].astype(float),
            "amount": (lines["Quantity"] * lines["UnitPrice"]).round(3),
        }
    )
    known = lines.assign(customer_id=customer, country=lines["Country"]).dropna(subset="customer_id")
    customers = known.sort_values("InvoiceDate", kind="stable").groupby("customer_id", as_index=False)["country"].last()
    return _opened("GBP", orders=orders, customers=customers)


@trade_set(
    "cdnow",
    "CDNOW",
    files=(CDNOW,),
    rows=69_659,
    customers=23_570,
    clock=Clock((173, 383), (159, 336)),
    stages=((24, 40), (13, 17), (62, 4)),
    returns=Returns(173, 1, (56, 32, 8), ("dormant", "churned")),
)
def cdnow(shared: Path) -> Client:
    """All 23,570 who first bought music in the first quarter of 1997."""
    names = ["customer_id", "day", "discs", "amount"]
    lines = pd.read_csv(shared / CDNOW, sep=r"\s+", names=names, skiprows=1, dtype={"customer_id": "str", "day": "str"})
    orders = pd.DataFrame(
        {"customer_id": lines["customer_id"], "ordered_at": pd.to_datetime(lines["day"], format="%Y%m%d"), "amount": lines["amount"]}
    )
    return _opened("USD", orders=orders.assign(order_id=_numbered(orders)))


WORKS = "data/adventureworks"


@trade_set(
    "resellers",
    "AdventureWorks resellers",
    files=(f"{WORKS}/FactResellerSales.parquet",),
    rows=60_855,
    customers=701,
    clock=Clock((92, 183), (92, 183)),
    stages=((72, 95), (3, 50), (25, 3)),
    returns=Returns(92, 6, (90, 30, 8), ("dormant", "churned")),
)
def adventureworks_resellers(shared: Path) -> Client:
    """Bicycles to 701 shops and warehouses, of which 66 never ordered."""
    folder = shared / WORKS
    firms = pd.read_parquet(folder / "DimReseller.parquet").merge(_places(folder), on="GeographyKey", how="left")
    customers = pd.DataFrame(
        {
            "customer_id": firms["ResellerKey"].astype("str"),
            "customer_kind": "firm",
            "industry": firms["BusinessType"],
            "employees": firms["NumberEmployees"],
            "annual_revenue": firms["AnnualSales"],
            "country": firms["country"],
            "province": firms["province"],
            "city": firms["city"],
        }
    )
    return _opened("USD", orders=_works_lines(folder, "FactResellerSales", "ResellerKey"), customers=customers, products=_bicycles(folder))


@trade_set(
    "works_b2c",
    "AdventureWorks B2C",
    files=(f"{WORKS}/FactInternetSales.parquet",),
    rows=60_398,
    customers=18_484,
    clock=Clock((695, 929), (681, 878)),
    stages=((96, 12), (2, 53), (2, 55)),
    returns=Returns(),
)
def adventureworks_people(shared: Path) -> Client:
    """Bicycles to 18,484 persons over the internet, two thirds of whom bought once."""
    folder = shared / WORKS
    people = pd.read_parquet(folder / "DimCustomer.parquet").merge(_places(folder), on="GeographyKey", how="left")
    customers = pd.DataFrame(
        {
            "customer_id": people["CustomerKey"].astype("str"),
            "customer_kind": "person",
            "birth_year": people["BirthDate"].dt.year,
            "gender": people["Gender"],
            "marital_status": people["MaritalStatus"],
            "children": people["TotalChildren"].astype("str"),
            "home_ownership": people["HouseOwnerFlag"].astype("str"),
            "income": people["YearlyIncome"],
            "country": people["country"],
            "province": people["province"],
            "city": people["city"],
        }
    )
    return _opened("USD", orders=_works_lines(folder, "FactInternetSales", "CustomerKey"), customers=customers, products=_bicycles(folder))


@trade_set(
    "reasons",
    "AdventureWorks reasons",
    files=(f"{WORKS}/FactInternetSalesReason.parquet",),
    made=DAY,
)
def adventureworks_reasons(shared: Path) -> Client:
    """Why internet buyers bought: the share of their reasons that names the price, the maker, or quality and tests."""
    folder = shared / WORKS
    sales = pd.read_parquet(folder / "FactInternetSales.parquet", columns=["SalesOrderNumber", "SalesOrderLineNumber", "CustomerKey"])
    reasons = pd.read_parquet(folder / "FactInternetSalesReason.parquet").merge(pd.read_parquet(folder / "DimSalesReason.parquet"))
    told = reasons.merge(sales, on=["SalesOrderNumber", "SalesOrderLineNumber"])
    named = {"Price": "price", "On Promotion": "price", "Manufacturer": "brand", "Quality": "quality", "Review": "quality"}
    needs = told.assign(need=told["SalesReasonName"].map(named)).dropna(subset="need")
    shares = pd.crosstab(needs["CustomerKey"], needs["need"], normalize="index").reindex(columns=["price", "brand", "quality"])
    customers = shares.add_prefix("stated_").reset_index().rename(columns={"CustomerKey": "customer_id"})
    return _opened("USD", as_of="2014-01-31", customers=_text_ids(customers))


def _works_lines(folder: Path, table: str, key: str) -> pd.DataFrame:
    lines = pd.read_parquet(folder / f"{table}.parquet")
    return pd.DataFrame(
        {
            "order_id": lines["SalesOrderNumber"],
            "customer_id": lines[key].astype("str"),
            "ordered_at": lines["OrderDate"],
            "product_id": lines["ProductKey"].astype("str"),
            "quantity": lines["OrderQuantity"].astype(float),
            "amount": lines["SalesAmount"].round(6),
            "discount_amount": lines["DiscountAmount"].round(6),
        }
    )


def _bicycles(folder: Path) -> pd.DataFrame:
    goods = pd.read_parquet(folder / "DimProduct.parquet")
    goods = goods.merge(pd.read_parquet(folder / "DimProductSubcategory.parquet"), on="ProductSubcategoryKey", how="left")
    goods = goods.merge(pd.read_parquet(folder / "DimProductCategory.parquet"), on="ProductCategoryKey", how="left")
    return pd.DataFrame(
        {
            "product_id": goods["ProductKey"].astype("str"),
            "product_name": goods["EnglishProductName"],
            "category": goods["EnglishProductCategoryName"],
            "product_type": goods["EnglishProductSubcategoryName"],
            "cost": goods["StandardCost"],
        }
    )


def _places(folder: Path) -> pd.DataFrame:
    places = pd.read_parquet(folder / "DimGeography.parquet")
    names = {"EnglishCountryRegionName": "country", "StateProvinceName": "province", "City": "city"}
    return places.rename(columns=names)[["GeographyKey", *names.values()]]


AIRLINE = "data/airline_loyalty"


@trade_set(
    "airline",
    "airline",
    files=(f"{AIRLINE}/customer_flight_activity.parquet",),
    customers=16_737,
    made="money: the points of a month flown; the day of a month is its first",
    clock=Clock((61, 122), (61, 121)),
    stages=((82, 96), (8, 92), (10, 43)),
    returns=Returns(92, 6, (94, 89, 47), ("late", "long_silent")),
)
def airline(shared: Path) -> Client:
    """Members of an airline: an order a month flown, its points the money."""
    members = pd.read_parquet(shared / AIRLINE / "customer_loyalty_history.parquet")
    flown = pd.read_parquet(shared / AIRLINE / "customer_flight_activity.parquet").drop_duplicates()
    keys = ["loyalty_number", "year", "month"]
    flown = flown.groupby(keys, as_index=False)[["total_flights", "points_accumulated"]].sum()
    flown = flown[flown["total_flights"] > 0]
    orders = pd.DataFrame(
        {
            "order_id": _numbered(flown),
            "customer_id": flown["loyalty_number"].astype("str"),
            "ordered_at": _month_start(flown["year"], flown["month"]),
            "quantity": flown["total_flights"].astype(float),
            "amount": flown["points_accumulated"],
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": members["Loyalty Number"].astype("str"),
            "customer_kind": "person",
            "registered_at": _month_start(members["Enrollment Year"], members["Enrollment Month"]),
            "cancelled_at": _month_start(members["Cancellation Year"], members["Cancellation Month"]),
            "gender": members["Gender"],
            "marital_status": members["Marital Status"],
            "income": members["Salary"],
            "country": members["Country"],
            "province": members["Province"],
            "city": members["City"],
            "membership": members["Loyalty Card"],
        }
    )
    return _opened("CAD", orders=orders, customers=customers)


def _month_start(years: pd.Series, months: pd.Series) -> pd.Series:
    return pd.to_datetime(pd.DataFrame({"year": years, "month": months, "day": 1}), errors="coerce")


SMCRM = "data/smcrm"
FIRST_QUARTER, QUARTER = pd.Timestamp("2020-01-01"), 91  # days


@trade_set(
    "smcrm",
    "smcrm retention",
    files=(f"{SMCRM}/customerRetentionTransactions.parquet",),
    rows=3_178,
    customers=500,
    made="dates: quarters of 91 days; wallet: money of the last four quarters by the share of wallet",
    clock=Clock((91, 637), (91, 546)),
    stages=((39, 88), (26, 11), (35, 12)),
    returns=Returns(92, 3, (88, 8, 8), ("dormant", "churned")),
)
def smcrm_retention(shared: Path) -> Client:
    """Purchases of 500 customers over twelve quarters, with the share of the wallet that they are."""
    bought = pd.read_parquet(shared / SMCRM / "customerRetentionTransactions.parquet")
    people = pd.read_parquet(shared / SMCRM / "customerRetentionDemographics.parquet")
    bought = bought[bought["order_quantity"] > 0]
    orders = pd.DataFrame(
        {
            "order_id": _numbered(bought),
            "customer_id": bought["customer"].astype(int).astype("str"),
            "ordered_at": FIRST_QUARTER + pd.to_timedelta(QUARTER * bought["quarter"], unit="D"),
            "amount": bought["order_quantity"],
        }
    )
    last = FIRST_QUARTER + pd.Timedelta(QUARTER * int(bought["quarter"].max()), unit="D")
    of_last_year = bought[bought["quarter"] > 8].groupby("customer")["order_quantity"].sum()
    spent = people["customer"].map(of_last_year)
    customers = pd.DataFrame(
        {
            "customer_id": people["customer"].astype(int).astype("str"),
            "customer_kind": "person",
            "gender": np.where(people["gender"] == 1, "male", "female"),
            "marital_status": np.where(people["married"] == 1, "married", "single"),
            "wallet": (100 * spent / people["sow"]).where(people["sow"] > 0).round(2),
        }
    )
    return _opened("USD", as_of=f"{last:%Y-%m-%d}", orders=orders, customers=customers)


@trade_set(
    "smcrm_firms",
    "smcrm accounts",
    files=(f"{SMCRM}/acquisitionRetention.parquet",),
    rows=500,
    customers=500,
    made=DAY,
)
def smcrm_firms(shared: Path) -> Client:
    """500 accounts with industry, employees and revenue; no orders."""
    firms = pd.read_parquet(shared / SMCRM / "acquisitionRetention.parquet")
    customers = pd.DataFrame(
        {
            "customer_id": firms["customer"].astype(int).astype("str"),
            "customer_kind": "firm",
            "industry": np.where(firms["industry"] == 1, "B2B", "B2C"),
            "employees": firms["employees"].astype(int),
            "annual_revenue": firms["revenue"] * 1e6,
        }
    )
    return _opened("USD", as_of="2020-12-31", customers=customers)


@trade_set(
    "rfm_data",
    "rfm_data of R",
    files=(RFM,),
    rows=4_906,
    customers=995,
    clock=Clock((293, 517), (285, 509)),
    stages=((61, 15), (32, 14), (7, 9)),
    returns=Returns(293, 3, (73, 66, 75)),
)
def rfm_of_r(shared: Path) -> Client:
    """The example orders of the R package rfm."""
    lines = pd.read_csv(shared / RFM, parse_dates=["order_date"])
    orders = lines.rename(columns={"order_date": "ordered_at", "revenue": "amount"})
    return _opened("USD", orders=orders.assign(order_id=_numbered(orders)))


# --- a row a customer -----------------------------------------------------------------------------------------------------------------

GROUPS = ("Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen")
WHOLESALE = "data/uci_wholesale/wholesale_customers.parquet"


@trade_set(
    "wholesale",
    "wholesale",
    files=(WHOLESALE,),
    rows=2_640,
    customers=440,
    made="dates: a year's money is one order on its last day",
    skips=DATED,
)
def wholesale(shared: Path) -> Client:
    """440 customers of a wholesaler: a year's money in six groups of goods."""
    table = _text_ids(pd.read_parquet(shared / WHOLESALE).rename_axis("customer_id").reset_index())
    lines = table.melt("customer_id", list(GROUPS), "product_id", "amount")
    orders = lines.assign(order_id=lines["customer_id"], ordered_at=pd.Timestamp("2011-12-31"), amount=lines["amount"].astype(float))
    products = pd.DataFrame({"product_id": GROUPS, "product_name": GROUPS, "category": GROUPS})
    customers = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "customer_kind": "firm",
            "channel": table["Channel"].map({1: "HoReCa", 2: "Retail"}),
            "region": table["Region"].map({1: "Lisbon", 2: "Oporto", 3: "Other"}),
        }
    )
    return _opened("EUR", window="365 days", orders=orders, customers=customers, products=products)


PERSONALITY = "data/customer_personality/marketing_campaign.parquet"


@trade_set(
    "personality",
    "customer personality",
    files=(PERSONALITY,),
    rows=2_240,
    customers=2_240,
    made="household size, from marital status and children; the day of the views",
)
def customer_personality(shared: Path) -> Client:
    """2,240 customers of a food retailer: two years' money and orders, days of silence, income, a month's views of its site."""
    table = pd.read_parquet(shared / PERSONALITY)
    money = table[[name for name in table.columns if name.startswith("Mnt")]].sum(axis=1).astype(float)
    orders = table[["NumWebPurchases", "NumCatalogPurchases", "NumStorePurchases"]].sum(axis=1)
    registered = pd.to_datetime(table["Dt_Customer"])
    customers = pd.DataFrame(
        {
            "customer_id": table["ID"].astype("str"),
            "registered_at": registered,
            "birth_year": table["Year_Birth"],
            "marital_status": table["Marital_Status"],
            "children": (table["Kidhome"] + table["Teenhome"]).astype("str"),
            "household_size": (1 + table["Marital_Status"].isin(["Married", "Together"]) + table["Kidhome"] + table["Teenhome"]).astype(
                "str"
            ),
            "income": table["Income"],
            "spend": money,
            "orders": orders,
            "lifetime_orders": orders,
            "mean_order_value": (money / orders).where(orders > 0).round(6),
            "days_since_last_order": table["Recency"].astype(float),
        }
    )
    visits = pd.DataFrame({"customer_id": customers["customer_id"], "happened_at": pd.Timestamp("2014-06-15"), "kind": "view"})
    visits = visits.assign(count=table["NumWebVisitsMonth"])
    return _opened("USD", as_of="2014-06-30", customers=customers, interactions=visits[visits["count"] > 0])


TELCO = "data/ibm_telco_churn/telco_churn.parquet"


@trade_set(
    "telco",
    "telco churn",
    files=(TELCO,),
    rows=7_043,
    customers=7_043,
    made="the day contracts ended; household size, from partner and dependents",
)
def telco(shared: Path) -> Client:
    """7,043 contracts of a telephone company, a quarter of them ended."""
    table = pd.read_parquet(shared / TELCO)
    last = pd.Timestamp("2020-12-31")
    customers = pd.DataFrame(
        {
            "customer_id": table["customerID"],
            "customer_kind": "person",
            "cancelled_at": pd.Series(last, index=table.index).where(table["Churn"] == "Yes"),
            "gender": table["gender"],
            "age_band": np.where(table["SeniorCitizen"] == 1, "65+", "under 65"),
            "marital_status": np.where(table["Partner"] == "Yes", "partner", "single"),
            "household_size": (1 + (table["Partner"] == "Yes").astype(int) + (table["Dependents"] == "Yes")).astype("str"),
            "spend": pd.to_numeric(table["TotalCharges"], errors="coerce"),
        }
    )
    return _opened("USD", as_of=f"{last:%Y-%m-%d}", customers=customers)


# --- contacts, answers and needs ------------------------------------------------------------------------------------------------------

SHOPPERS = "data/uci_online_shoppers/online_shoppers_intention.parquet"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@trade_set(
    "shoppers",
    "online shoppers",
    files=(SHOPPERS,),
    customers=12_330,
    made="visitors: one a session; the day of the month",
)
def online_shoppers(shared: Path) -> Client:
    """12,330 visits to a shop on the web, each of a visitor of its own, as the set names none."""
    table = pd.read_parquet(shared / SHOPPERS)
    visitor = [f"v{number}" for number in range(len(table))]
    months = table["Month"].map({name: number for number, name in enumerate(MONTHS, 1)})
    day = _month_start(pd.Series(2017, index=table.index), months) + pd.to_timedelta(np.arange(len(table)) % 28, unit="D")
    interactions = pd.DataFrame(
        {
            "customer_id": visitor,
            "happened_at": day,
            "kind": "view",
            "session_id": visitor,
            "count": table[["Administrative", "Informational", "ProductRelated"]].sum(axis=1),
        }
    )
    customers = pd.DataFrame({"customer_id": visitor, "channel": table["VisitorType"]})
    return _opened("USD", as_of="2017-12-31", customers=customers, interactions=interactions[interactions["count"] > 0])


SURVEYS = "data/surveys"


@trade_set(
    "oddjob",
    "oddjob survey",
    files=(f"{SURVEYS}/oddjob_airline_nps_fictional.parquet",),
    customers=1_065,
    made=DAY,
)
def oddjob(shared: Path) -> Client:
    """1,065 travellers of an airline: recommendation on 1 to 11, satisfaction on 1 to 7."""
    table = _answers(shared, "oddjob_airline_nps_fictional")
    customers = table[["customer_id", "country", "gender"]].assign(
        birth_year=(2018 - table["age"]).astype("Int64"), membership=table["status"]
    )
    nps = _feedback(table, "nps", "nps", (1, 11))
    overall = _feedback(table, "csat", "overall_sat", (1, 7))
    return _opened("EUR", as_of="2018-12-31", customers=customers, feedback=pd.concat([nps, overall], ignore_index=True))


@trade_set(
    "ecsi_mobile",
    "ecsi mobile survey",
    files=(f"{SURVEYS}/ecsi_mobile.parquet",),
    customers=250,
    made=DAY,
)
def ecsi_mobile(shared: Path) -> Client:
    """250 users of mobile telephones: overall satisfaction on 1 to 10."""
    table = _answers(shared, "ecsi_mobile")
    return _opened("EUR", as_of="2005-12-31", customers=table[["customer_id"]], feedback=_feedback(table, "csat", "CUSA1", (1, 10)))


@trade_set(
    "ecsi_bank",
    "ecsi bank survey",
    files=(f"{SURVEYS}/ecsi_bank_satisfaction.parquet",),
    customers=250,
    made=DAY,
)
def ecsi_bank(shared: Path) -> Client:
    """250 customers of a Spanish bank: overall satisfaction on 0 to 10."""
    table = _answers(shared, "ecsi_bank_satisfaction")
    customers = table[["customer_id", "gender"]]
    return _opened("EUR", as_of="2008-12-31", customers=customers, feedback=_feedback(table, "csat", "sat1", (0, 10)))


@trade_set(
    "yellow",
    "yellow pages survey",
    files=(f"{SURVEYS}/customerSat_yellowpages.parquet",),
    customers=1_811,
    made=DAY,
)
def yellow_pages(shared: Path) -> Client:
    """1,811 advertisers: overall satisfaction on 1 to 10."""
    table = _answers(shared, "customerSat_yellowpages")
    return _opened("USD", as_of="2001-12-31", customers=table[["customer_id"]], feedback=_feedback(table, "csat", "q1", (1, 10)))


def _answers(shared: Path, name: str) -> pd.DataFrame:
    return _text_ids(pd.read_parquet(shared / SURVEYS / f"{name}.parquet").rename_axis("customer_id").reset_index())


def _feedback(table: pd.DataFrame, question: str, column: str, scale: tuple[int, int]) -> pd.DataFrame:
    answers = pd.DataFrame({"customer_id": table["customer_id"], "question": question, "score": table[column].astype(float)})
    return answers.assign(scale_low=float(scale[0]), scale_high=float(scale[1])).dropna(subset="score")


NEEDS = "data/needs_segmentation"


@trade_set(
    "mcdonalds",
    "McDonald's survey",
    files=(f"{NEEDS}/mcdonalds.csv",),
    rows=1_453,
    customers=1_453,
    made=DAY,
)
def mcdonalds(shared: Path) -> Client:
    """1,453 guests on a restaurant: cheap for the price, tasty, yummy and healthy for quality, convenient and fast for what it is."""
    table = pd.read_csv(shared / NEEDS / "mcdonalds.csv").rename_axis("customer_id").reset_index()
    said = table.isin(["Yes"])
    customers = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "customer_kind": "person",
            "birth_year": 2009 - table["Age"],
            "gender": table["Gender"],
            "stated_price": said[["cheap"]].mean(axis=1) - said["expensive"],
            "stated_brand": said[["convenient", "fast"]].mean(axis=1),
            "stated_quality": said[["tasty", "yummy", "healthy"]].mean(axis=1),
        }
    )
    return _opened("AUD", as_of="2009-12-31", customers=_text_ids(customers))


@trade_set(
    "vacation",
    "vacation motives",
    files=(f"{NEEDS}/vacation_motives.parquet",),
    rows=1_000,
    customers=1_000,
    made=DAY,
)
def vacation_motives(shared: Path) -> Client:
    """1,000 holidaymakers on twenty motives: the budget for the price, luxury and comfort for quality."""
    motives = pd.read_parquet(shared / NEEDS / "vacation_motives.parquet")
    people = pd.read_parquet(shared / NEEDS / "vacation_motives_descriptors.parquet")
    customers = pd.DataFrame(
        {
            "customer_id": [f"{number}" for number in range(len(motives))],
            "customer_kind": "person",
            "birth_year": (2006 - people["Age"]).astype("Int64"),
            "gender": people["Gender"],
            "marital_status": people["Relationship.Status"],
            "income_band": people["Income2"],
            "province": people["State"],
            "stated_price": motives["not exceed planned budget"] - motives["not care about prices"],
            "stated_brand": motives["everything organised"],
            "stated_quality": motives["luxury / be spoilt"],
        }
    )
    return _opened("AUD", as_of="2006-12-31", customers=customers)


@trade_set(
    "yogurt",
    "yogurt panel",
    files=(f"{NEEDS}/yogurt_choices.parquet",),
    rows=2_412,
    customers=100,
    made=EVENLY,
    skips=DATED,
)
def yogurt(shared: Path) -> Client:
    """2,412 choices of 100 households among four brands of yogurt, with the price paid."""
    every = pd.read_parquet(shared / NEEDS / "yogurt_choices.parquet")
    chosen = every[every["choice"] == 1]
    return _choices(chosen["id"], chosen["brand"], chosen["price"], "yogurt")


@trade_set(
    "catsup",
    "ketchup panel",
    files=(f"{NEEDS}/catsup_choices.parquet",),
    rows=2_798,
    customers=300,
    made=EVENLY,
    skips=DATED,
)
def catsup(shared: Path) -> Client:
    """2,798 choices of 300 households among four packs of ketchup by two makers, with the price paid."""
    table = pd.read_parquet(shared / NEEDS / "catsup_choices.parquet")
    paid = pd.Series([row[f"price.{row['choice']}"] for row in table.to_dict("records")])
    return _choices(table["id"], table["choice"], paid, "ketchup", brand=lambda name: name[:5])


@trade_set(
    "margarine",
    "margarine panel",
    files=(f"{NEEDS}/margarine_choices.parquet",),
    rows=4_470,
    customers=516,
    made=EVENLY,
    skips=DATED,
)
def margarine(shared: Path) -> Client:
    """4,470 choices of 516 households among ten margarines of seven brands, with the price paid and the income."""
    table = pd.read_parquet(shared / NEEDS / "margarine_choices.parquet")
    homes = pd.read_parquet(shared / NEEDS / "margarine_households.parquet")
    goods = list(table.columns[2:])
    place = table["choice"].astype(int) - 1
    paid = pd.Series(table[goods].to_numpy()[np.arange(len(table)), place])
    customers = pd.DataFrame(
        {
            "customer_id": homes["hhid"].astype(int).astype("str"),
            "customer_kind": "person",
            "household_size": homes["Fam_Size"].astype("str"),
            "income": homes["Income"] * 1000,
        }
    )
    names = pd.Series([goods[number] for number in place])
    return _choices(table["hhid"].astype(int), names, paid, "margarine", brand=lambda name: name.split("_")[0], customers=customers)


def _choices(
    ids: pd.Series,
    goods: pd.Series,
    paid: pd.Series,
    category: str,
    *,
    brand: Callable[[str], str] = str,
    customers: pd.DataFrame | None = None,
) -> Client:
    """Choices of a panel as orders of one line; the nth of a household is dated so that all of them spread evenly over a year."""
    frame = pd.DataFrame(
        {"customer_id": ids.astype(int).astype("str").to_numpy(), "product_id": goods.to_numpy(), "amount": paid.to_numpy()}
    )
    groups = frame.groupby("customer_id")["product_id"]
    part = (groups.cumcount() + 1) / groups.transform("size")
    when = pd.Timestamp("2020-01-01") + pd.to_timedelta((part * SPREAD_OVER).round(), unit="D")
    orders = frame.assign(order_id=_numbered(frame), ordered_at=when, quantity=1.0, amount=frame["amount"].astype(float).round(4))
    names = sorted(frame["product_id"].unique())
    products = pd.DataFrame({"product_id": names, "product_name": names, "category": category, "brand": [brand(name) for name in names]})
    others = {} if customers is None else {"customers": customers}
    return _opened("USD", orders=orders, products=products, **others)


# --- what comes with the package ------------------------------------------------------------------------------------------------------


@trade_set(
    "grocery",
    "grocery demo",
    clock=Clock((14, 58), (14, 57)),
    stages=((71, 99), (19, 93), (9, 65)),
    returns=Returns(92, 3, (99, 91, 72), ("late", "long_silent")),
)
def grocery(_: Path) -> Client:
    """The demo: a year of a supermarket chain."""
    return seglib.demo()


@trade_set(
    "market",
    "made market",
    clock=Clock((11, 41), (11, 41)),
    stages=((56, 99), (18, 90), (26, 25)),
    returns=Returns(92, 6, (98, 89, 31), ("late", "long_silent")),
)
def made_market(_: Path) -> Client:
    """Two years of a made market with persons and firms."""
    from seglib.datasets import make_market

    return _opened("CNY", **make_market(customers=MARKET_CUSTOMERS).tables)
