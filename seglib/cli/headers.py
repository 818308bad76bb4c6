"""Which canonical column a header names: words people use for it, in English and Chinese."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from seglib.tables import TABLES

LIKE = 0.86  # how alike two names must be to be proposed
# canonical column -> other names for it; the canonical name itself is always known
NAMES: dict[str, str] = {
    "order_id": (
        "order number, order no, invoice, invoice no, invoice number, transaction id, receipt, "
        "basket id, 订单号, 订单编号, 单号, 单据编号, 单据号, 小票号, 交易号"
    ),
    "customer_id": (
        "customer, customer no, customer number, customer code, cust id, client id, user id, "
        "member id, member no, account id, household id, 客户编号, 客户编码, 客户号, 客户代码, 客户id, 会员号, "
        "会员编号, 会员卡号, 用户id, 买家id"
    ),
    "customer_name": "name, client name, account name, company, 客户名称, 客户, 客户姓名, 姓名, 公司名称, 买家",
    "ordered_at": (
        "date, order date, orderdate, invoice date, transaction date, transaction timestamp, "
        "purchase date, timestamp, sale date, created at, 日期, 订单日期, 单据日期, 下单时间, 下单日期, 交易日期, "
        "交易时间, 销售日期, 付款时间, 购买日期"
    ),
    "product_id": (
        "product, sku, item, item id, item no, stock code, product code, article, 商品编码, 商品编号, 产品编号, 产品编码, 货号, 物料编码"
    ),
    "quantity": "qty, units, count, pieces, 数量, 销售数量, 件数",
    "amount": (
        "sales, revenue, total, line total, net amount, sales amount, sales value, "
        "order amount, price paid, value, turnover, 金额, 销售额, 销售金额, 价税合计, 成交金额, 实收金额, 订单金额, 收入, "
        "实付金额"
    ),
    "list_amount": "list price, gross amount, price before discount, 原价, 原价金额, 标价, 吊牌金额",
    "paid_amount": "paid, amount paid, 付款金额, 回款, 实付",
    "discount_amount": "discount, discount value, 优惠, 优惠金额, 折扣金额, 折扣",
    "status": "order status, state, 单据状态, 订单状态, 状态",
    "store_id": "store, shop, branch, outlet, 门店, 店铺, 门店编号",
    "salesperson": "sales rep, seller, 业务员, 销售员, 导购",
    "product_name": "description, item name, title, 商品名称, 产品名称, 品名",
    "category": "product category, commodity, group, 品类, 类别, 分类, 商品分类",
    "department": "division, 部门, 大类",
    "brand": "brand name, 品牌",
    "unit_of_measure": "unit, uom, 单位, 计量单位",
    "cost": "unit cost, 成本, 单位成本, 进价",
    "registered_at": "registered, sign up date, since, join date, 注册时间, 注册日期, 建档日期, 创建时间, 入会时间",
    "birth_year": "year of birth, 出生年份",
    "age_band": "age, age group, 年龄段, 年龄",
    "gender": "sex, 性别",
    "income": "yearly income, annual income, 年收入",
    "income_band": "income group, 收入段, 收入区间",
    "country": "国家",
    "region": "area, 大区, 区域, 地区",
    "province": "state, 省, 省份",
    "city": "town, 城市, 市",
    "industry": "sector, 行业",
    "employees": "number of employees, 员工数, 员工人数, 人员规模",
    "channel": "渠道, 来源渠道",
    "membership": "tier, level, membership tier, 会员等级, 等级",
    "owner": "account owner, 负责人, 客户负责人",
}


def plain(name: str) -> str:
    """A header without spaces, signs and case: what two spellings of one name share.

    >>> plain("Order-ID "), plain("订单 编号")
    ('orderid', '订单编号')
    """
    return "".join(character for character in name.casefold() if character.isalnum())


def spellings() -> list[str]:
    """Every name known for any column; a header is the row that holds most of them."""
    return [*NAMES, *(name.strip() for names in NAMES.values() for name in names.split(","))]


def match(table: str, headers: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """The canonical columns of a table that the headers seem to name.

    Args:
        table: Name of a canonical table.
        headers: Column names of a file.

    Returns:
        Canonical name -> header, and whether it is sure (a known name) or only like one. Each header stands for one column at most.
    """
    known = {name: [plain(name), *map(plain, NAMES.get(name, "").split(","))] for name in TABLES[table].names}
    free = {header: plain(header) for header in headers if plain(header)}
    found: dict[str, tuple[str, bool]] = {}
    for name, spellings in known.items():
        ranked = sorted((spellings.index(text), header) for header, text in free.items() if text in spellings)
        if ranked:
            found[name] = (ranked[0][1], True)
            free.pop(ranked[0][1])
    for name, spellings in known.items():
        if name not in found:
            near = [
                header for header, text in free.items() if difflib.get_close_matches(text, list(filter(None, spellings)), n=1, cutoff=LIKE)
            ]
            if near:
                found[name] = (near[0], False)
                free.pop(near[0])
    return {name: found[name] for name in TABLES[table].names if name in found}
