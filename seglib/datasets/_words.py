"""Word lists of our own for names of persons, firms, brands, goods and trades: put together from syllables, nobody real is meant."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


def _listed(text: str) -> list[str]:
    """The words of a line."""
    return text.split()


# Family names are rare characters or two of them, given names two more: a name that reads as one and is nobody's.
FAMILY_ZH = _listed("溪 木 禾 泉 岚 松 竹 麓 汀 苇 杉 梧 榆 楠 桐 荻 菱 萝 荇 蓼 溪木 松泉 竹汀 麓岚 苇禾")
GIVEN_ZH = _listed("安 白 辰 初 丹 朵 恩 芳 歌 禾 嘉 景 可 朗 乐 明 宁 攀 其 然 舒 恬 未 熙 言 野 一 知 子 佐")
FAMILY_EN = _listed("Bram Cald Dor Els Fenn Garr Hest Ivel Jorr Kell Lum Mard Nev Orv Pell Quil Rost Selv Thorr Ulm Vex Wend Yarl Zeph")
FAMILY_END_EN = _listed("ack ard bury den ett field ick ley mere o off son ton vik worth")
GIVEN_EN = _listed("Al Be Ca De El Fi Ga Ha Is Jo Ka La Mi No Or Pe Ro Sa Te Va")
GIVEN_END_EN = _listed("bin dra fen lia lo mar na nor ra rin sa ta ven vi")
FIRM_END_ZH = _listed("商行 超市 便利店 餐馆 食堂 货栈")
FIRM_END_EN = ["Stores", "Market", "Corner Shop", "Kitchen", "Canteen", "Depot"]
BRAND_EN = _listed("Av Bel Cor Dun Em Fal Gri Hal Ir Jas Kor Lim Mav Nol Om Pra Qua Rim Sol Tav Ul Ven Wil Xan Yor Zin")
BRAND_END_EN = _listed("adi ano eka elle ento era iko illo ira ona oro ula")
BRAND_ZH = _listed("傲 贝 岑 棣 霏 谷 珂 岭 漫 诺 沛 茜 榕 珊 天 薇 夏 雅 致 尊")
BRAND_END_ZH = _listed("岸 朵 禾 珈 澜 蔓 娜 蒲 晴 溪 颐 野")
MAKER_END = {"zh": "制造", "en": "Works"}

INDUSTRIES = {
    "retail": ("零售业", "Retail"),
    "catering": ("餐饮业", "Catering"),
    "wholesale": ("批发业", "Wholesale"),
    "hotels": ("住宿业", "Accommodation"),
}
GENDERS = {"female": ("女", "female"), "male": ("男", "male")}
SALESPEOPLE = 12


class Kind(NamedTuple):
    """A product type: name, list price of a middling package, how often it is bought, and the unit it is counted in."""

    name: tuple[str, str]
    price: float
    weight: float
    unit: str = "piece"
    package: str = "1"
    step: int = 1


class Category(NamedTuple):
    """A category, its types, and to whose taste it is: log of the odds for those, where attributes bear on tastes."""

    name: tuple[str, str]
    department: tuple[str, str]
    kinds: tuple[Kind, ...]
    taste: str = ""
    odds: float = 0.0


FOOD, FRESH, HOME = ("食品", "Food"), ("乳品冷冻", "Dairy and frozen"), ("家庭", "Home")
CATEGORIES: tuple[Category, ...] = (
    Category(
        ("粮油", "Staples"),
        FOOD,
        (
            Kind(("大米", "Rice"), 34, 1.3, package="5 kg"),
            Kind(("面粉", "Flour"), 24, 0.7, package="2.5 kg"),
            Kind(("挂面", "Noodles"), 12, 1.2, package="1 kg"),
            Kind(("食用油", "Cooking oil"), 58, 0.8, package="5 l"),
        ),
        taste="north",
        odds=0.45,
    ),
    Category(
        ("乳品", "Dairy"),
        FRESH,
        (
            Kind(("牛奶", "Milk"), 18, 2.0, package="1 l"),
            Kind(("酸奶", "Yoghurt"), 14, 1.6, package="4 x 100 g"),
            Kind(("奶酪", "Cheese"), 26, 0.7, package="250 g"),
            Kind(("奶粉", "Milk powder"), 88, 0.4, package="800 g"),
        ),
    ),
    Category(
        ("休闲食品", "Snacks"),
        FOOD,
        (
            Kind(("薯片", "Crisps"), 9, 1.8, package="100 g"),
            Kind(("饼干", "Biscuits"), 11, 1.6, package="200 g"),
            Kind(("坚果", "Nuts"), 32, 1.0, package="250 g"),
            Kind(("巧克力", "Chocolate"), 21, 1.0, package="150 g"),
        ),
        taste="young",
        odds=0.55,
    ),
    Category(
        ("饮料", "Drinks"),
        FOOD,
        (
            Kind(("饮用水", "Water"), 8, 1.6, package="4 x 1.5 l"),
            Kind(("果汁", "Juice"), 15, 1.4, package="1 l"),
            Kind(("汽水", "Soda"), 12, 1.6, package="6 x 330 ml"),
            Kind(("茶饮", "Tea drink"), 10, 1.2, package="1 l"),
        ),
    ),
    Category(
        ("茶与咖啡", "Tea and coffee"),
        FOOD,
        (
            Kind(("绿茶", "Green tea"), 56, 0.7, package="200 g"),
            Kind(("红茶", "Black tea"), 48, 0.5, package="200 g"),
            Kind(("咖啡", "Coffee"), 52, 1.0, package="250 g"),
            Kind(("花草茶", "Herbal tea"), 30, 0.5, package="100 g"),
        ),
    ),
    Category(
        ("调味品", "Seasoning"),
        FOOD,
        (
            Kind(("酱油", "Soy sauce"), 14, 1.0, package="500 ml"),
            Kind(("醋", "Vinegar"), 10, 0.7, package="500 ml"),
            Kind(("辣酱", "Chilli sauce"), 13, 0.8, package="250 g"),
            Kind(("汤料", "Stock"), 9, 0.6, package="100 g"),
        ),
    ),
    Category(
        ("冷冻食品", "Frozen food"),
        FRESH,
        (
            Kind(("冻饺子", "Frozen dumplings"), 25, 1.1, package="1 kg"),
            Kind(("汤圆", "Rice balls"), 16, 0.6, package="500 g"),
            Kind(("冻蔬菜", "Frozen vegetables"), 13, 0.9, package="500 g"),
            Kind(("冰淇淋", "Ice cream"), 22, 0.9, package="6 pieces"),
        ),
    ),
    Category(
        ("个人护理", "Personal care"),
        HOME,
        (
            Kind(("洗发水", "Shampoo"), 42, 0.9, package="500 ml"),
            Kind(("牙膏", "Toothpaste"), 16, 1.0, package="120 g"),
            Kind(("香皂", "Soap"), 8, 0.9, package="100 g"),
            Kind(("润肤霜", "Skin cream"), 68, 0.6, package="50 ml"),
        ),
    ),
    Category(
        ("家居清洁", "Household"),
        HOME,
        (
            Kind(("洗衣液", "Laundry liquid"), 38, 0.9, package="2 l"),
            Kind(("洗洁精", "Dish soap"), 13, 0.9, package="1 l"),
            Kind(("纸巾", "Tissues"), 24, 1.6, package="10 packs"),
            # Sold by the millilitre: quantities in the hundreds that must never be added to pieces.
            Kind(("散装清洁液", "Cleaner refill"), 11, 0.5, unit="ml", package="loose", step=500),
        ),
    ),
    Category(
        ("母婴", "Baby"),
        HOME,
        (
            Kind(("纸尿裤", "Nappies"), 79, 0.6, package="60 pieces"),
            Kind(("婴儿辅食", "Baby food"), 24, 0.6, package="200 g"),
            Kind(("湿巾", "Wipes"), 15, 0.7, package="80 pieces"),
            Kind(("婴儿沐浴露", "Baby wash"), 36, 0.3, package="400 ml"),
        ),
        taste="children",
        odds=1.5,
    ),
    Category(
        ("营养保健", "Health"),
        HOME,
        (
            Kind(("维生素", "Vitamins"), 66, 0.6, package="60 tablets"),
            Kind(("蛋白粉", "Protein powder"), 118, 0.2, package="400 g"),
            Kind(("钙片", "Calcium"), 54, 0.4, package="100 tablets"),
            Kind(("蜂蜜", "Honey"), 39, 0.6, package="500 g"),
        ),
        taste="senior",
        odds=0.9,
    ),
    Category(
        ("宠物", "Pets"),
        HOME,
        (
            Kind(("狗粮", "Dog food"), 62, 0.5, package="2 kg"),
            Kind(("猫粮", "Cat food"), 55, 0.6, package="1.5 kg"),
            Kind(("猫砂", "Cat litter"), 29, 0.5, package="6 l"),
            Kind(("宠物零食", "Pet treats"), 17, 0.5, package="100 g"),
        ),
    ),
)
UNITS = {"piece": ("件", "piece"), "ml": ("毫升", "ml")}


def only(mask: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values where ``mask`` is true, None elsewhere."""
    found = np.full(len(mask), None, dtype=object)
    found[mask] = np.asarray(values, dtype=object)[mask]
    return found


def pick(words: tuple[str, str], lang: str) -> str:
    """One of (zh, en)."""
    return words[0] if lang == "zh" else words[1]


def person_names(rng: np.random.Generator, count: int, lang: str) -> np.ndarray:
    """Names of made persons; they may repeat, as names do."""
    parts = (FAMILY_ZH, GIVEN_ZH, GIVEN_ZH) if lang == "zh" else (GIVEN_EN, GIVEN_END_EN, FAMILY_EN, FAMILY_END_EN)
    drawn = [np.array(part, dtype=object)[rng.integers(0, len(part), count)] for part in parts]
    return drawn[0] + drawn[1] + drawn[2] if lang == "zh" else drawn[0] + drawn[1] + " " + drawn[2] + drawn[3]


def firm_names(rng: np.random.Generator, count: int, lang: str) -> np.ndarray:
    """Names of made shops, kitchens and depots."""
    front, back = (BRAND_ZH, BRAND_END_ZH) if lang == "zh" else (BRAND_EN, BRAND_END_EN)
    ends = FIRM_END_ZH if lang == "zh" else FIRM_END_EN
    drawn = [np.array(part, dtype=object)[rng.integers(0, len(part), count)] for part in (front, back, front, ends)]
    return drawn[0] + drawn[1] + drawn[2] + drawn[3] if lang == "zh" else drawn[0] + drawn[1] + " " + drawn[3]


def brand_names(rng: np.random.Generator, count: int, lang: str) -> np.ndarray:
    """Different names of made brands, at most as many as there are pairs of syllables."""
    front, back = (BRAND_ZH, BRAND_END_ZH) if lang == "zh" else (BRAND_EN, BRAND_END_EN)
    pairs = rng.permutation(len(BRAND_ZH) * len(BRAND_END_ZH))[:count]
    return np.array([front[pair // len(back)] + back[pair % len(back)] for pair in pairs], dtype=object)
