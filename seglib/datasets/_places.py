"""Real provinces and cities of mainland China that the made customers live in, with the region a sales force would count them to."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """One city.

    Attributes:
        region, province, city: Names as (zh, en); the zh ones with their official endings.
        weight: How many customers live there, relative to the others.
        north: North of the Qinling-Huai line, by the prefecture.
        wealth: Mean of log income above the country's.
    """

    region: tuple[str, str]
    province: tuple[str, str]
    city: tuple[str, str]
    weight: float
    north: bool
    wealth: float


EAST, NORTH, SOUTH = ("华东", "East"), ("华北", "North"), ("华南", "South")
CENTRAL, SOUTHWEST = ("华中", "Central"), ("西南", "Southwest")
NORTHWEST, NORTHEAST = ("西北", "Northwest"), ("东北", "Northeast")
JIANGSU, ZHEJIANG, ANHUI = ("江苏省", "Jiangsu"), ("浙江省", "Zhejiang"), ("安徽省", "Anhui")
SHANDONG, HENAN, GUANGDONG = ("山东省", "Shandong"), ("河南省", "Henan"), ("广东省", "Guangdong")
FUJIAN, SHAANXI, LIAONING = ("福建省", "Fujian"), ("陕西省", "Shaanxi"), ("辽宁省", "Liaoning")
HUBEI, SICHUAN, HEBEI = ("湖北省", "Hubei"), ("四川省", "Sichuan"), ("河北省", "Hebei")

PLACES: tuple[Place, ...] = (
    Place(NORTH, ("北京市", "Beijing"), ("北京市", "Beijing"), 7, True, 0.45),
    Place(NORTH, ("天津市", "Tianjin"), ("天津市", "Tianjin"), 3, True, 0.15),
    Place(NORTH, HEBEI, ("石家庄市", "Shijiazhuang"), 2.5, True, -0.1),
    Place(NORTH, HEBEI, ("唐山市", "Tangshan"), 1.5, True, -0.05),
    Place(NORTH, ("山西省", "Shanxi"), ("太原市", "Taiyuan"), 1.5, True, -0.1),
    Place(NORTH, ("内蒙古自治区", "Inner Mongolia"), ("呼和浩特市", "Hohhot"), 1, True, -0.1),
    Place(NORTHEAST, LIAONING, ("沈阳市", "Shenyang"), 2, True, -0.05),
    Place(NORTHEAST, LIAONING, ("大连市", "Dalian"), 2, True, 0.05),
    Place(NORTHEAST, ("吉林省", "Jilin"), ("长春市", "Changchun"), 1.5, True, -0.1),
    Place(NORTHEAST, ("黑龙江省", "Heilongjiang"), ("哈尔滨市", "Harbin"), 2, True, -0.15),
    Place(EAST, ("上海市", "Shanghai"), ("上海市", "Shanghai"), 8, False, 0.5),
    Place(EAST, JIANGSU, ("南京市", "Nanjing"), 3, False, 0.25),
    Place(EAST, JIANGSU, ("苏州市", "Suzhou"), 4, False, 0.3),
    Place(EAST, JIANGSU, ("徐州市", "Xuzhou"), 1.5, True, -0.15),
    Place(EAST, ZHEJIANG, ("杭州市", "Hangzhou"), 5, False, 0.35),
    Place(EAST, ZHEJIANG, ("宁波市", "Ningbo"), 3, False, 0.25),
    Place(EAST, ZHEJIANG, ("温州市", "Wenzhou"), 2, False, 0.1),
    Place(EAST, ANHUI, ("合肥市", "Hefei"), 2.5, False, 0.0),
    Place(EAST, ANHUI, ("阜阳市", "Fuyang"), 1, True, -0.35),
    Place(EAST, FUJIAN, ("福州市", "Fuzhou"), 2, False, 0.05),
    Place(EAST, FUJIAN, ("厦门市", "Xiamen"), 2, False, 0.2),
    Place(EAST, FUJIAN, ("泉州市", "Quanzhou"), 2, False, 0.0),
    Place(EAST, ("江西省", "Jiangxi"), ("南昌市", "Nanchang"), 1.5, False, -0.1),
    Place(EAST, SHANDONG, ("济南市", "Jinan"), 2.5, True, 0.05),
    Place(EAST, SHANDONG, ("青岛市", "Qingdao"), 3, True, 0.15),
    Place(EAST, SHANDONG, ("烟台市", "Yantai"), 1.5, True, 0.0),
    Place(CENTRAL, HENAN, ("郑州市", "Zhengzhou"), 3, True, -0.05),
    Place(CENTRAL, HENAN, ("洛阳市", "Luoyang"), 1.5, True, -0.15),
    Place(CENTRAL, HENAN, ("信阳市", "Xinyang"), 1, False, -0.35),
    Place(CENTRAL, HUBEI, ("武汉市", "Wuhan"), 4, False, 0.1),
    Place(CENTRAL, HUBEI, ("宜昌市", "Yichang"), 1, False, -0.1),
    Place(CENTRAL, ("湖南省", "Hunan"), ("长沙市", "Changsha"), 3, False, 0.1),
    Place(SOUTH, GUANGDONG, ("广州市", "Guangzhou"), 6, False, 0.35),
    Place(SOUTH, GUANGDONG, ("深圳市", "Shenzhen"), 6, False, 0.45),
    Place(SOUTH, GUANGDONG, ("佛山市", "Foshan"), 2.5, False, 0.15),
    Place(SOUTH, GUANGDONG, ("东莞市", "Dongguan"), 2.5, False, 0.15),
    Place(SOUTH, ("广西壮族自治区", "Guangxi"), ("南宁市", "Nanning"), 1.5, False, -0.2),
    Place(SOUTH, ("海南省", "Hainan"), ("海口市", "Haikou"), 1, False, -0.1),
    Place(SOUTHWEST, ("重庆市", "Chongqing"), ("重庆市", "Chongqing"), 5, False, 0.0),
    Place(SOUTHWEST, SICHUAN, ("成都市", "Chengdu"), 5, False, 0.1),
    Place(SOUTHWEST, SICHUAN, ("绵阳市", "Mianyang"), 1, False, -0.15),
    Place(SOUTHWEST, ("贵州省", "Guizhou"), ("贵阳市", "Guiyang"), 1.5, False, -0.2),
    Place(SOUTHWEST, ("云南省", "Yunnan"), ("昆明市", "Kunming"), 2, False, -0.1),
    Place(NORTHWEST, SHAANXI, ("西安市", "Xi'an"), 3.5, True, 0.0),
    Place(NORTHWEST, SHAANXI, ("汉中市", "Hanzhong"), 1, False, -0.3),
    Place(NORTHWEST, ("甘肃省", "Gansu"), ("兰州市", "Lanzhou"), 1.5, True, -0.2),
    Place(NORTHWEST, ("青海省", "Qinghai"), ("西宁市", "Xining"), 0.7, True, -0.2),
    Place(NORTHWEST, ("宁夏回族自治区", "Ningxia"), ("银川市", "Yinchuan"), 0.7, True, -0.1),
    Place(NORTHWEST, ("新疆维吾尔自治区", "Xinjiang"), ("乌鲁木齐市", "Urumqi"), 1.2, True, -0.1),
)
ENDINGS = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")


def short(name: str) -> str:
    """A Chinese place name as people write it, without its official ending."""
    return next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), name)
