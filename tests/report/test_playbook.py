"""A client's own playbook: only what differs from the default; what is unknown is refused with the near name."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from seglib import methods
from seglib.errors import SettingsError
from seglib.report import playbook
from seglib.settings import ClientSettings


@pytest.fixture
def client(tmp_path: Path):
    """A client whose folder holds a playbook.yml with the given text."""

    def of(text: str, **settings: object) -> SimpleNamespace:
        (tmp_path / "playbook.yml").write_text(text, encoding="utf-8")
        made = ClientSettings(playbook="playbook.yml", **settings)
        made._path = tmp_path / "client.yml"
        return SimpleNamespace(settings=made)

    return of


def faults(client: SimpleNamespace, lang: str = "en") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        playbook.of(client)
    return caught.value.text(lang).splitlines()


def test_without_a_file_the_default_stands():
    book = playbook.of(SimpleNamespace(settings=ClientSettings()))
    assert book.play("rfm", "loyal", "zh") == methods.words("rfm").playbook("loyal", "zh")
    assert playbook.of(SimpleNamespace(settings=None)).own == {}


def test_only_what_the_client_says_differs(client):
    book = playbook.of(client("rfm:\n  cant_lose:\n    owner: 总经理\n    kpi: {zh: 留住几户, en: kept}\n"))
    default, own = methods.words("rfm").playbook("cant_lose", "zh"), book.play("rfm", "cant_lose", "zh")
    assert (own.owner, own.kpi) == ("总经理", "留住几户")
    assert book.play("rfm", "cant_lose", "en").kpi == "kept"
    assert (own.do, own.dont, own.stop, own.flag) == (default.do, default.dont, default.stop, default.flag)
    assert book.play("rfm", "loyal", "zh") == methods.words("rfm").playbook("loyal", "zh")


def test_a_class_may_be_named_as_the_report_names_it(client):
    assert playbook.of(client("rfm:\n  重要价值客户: {owner: 总经理}\n")).own["rfm"].keys() == {"key_value"}
    assert playbook.of(client("lifecycle:\n  Long gone: {owner: x}\n", methods={"lifecycle": {"classes": "Long gone: 9"}})).own["lifecycle"]


def test_an_action_of_the_clients_own_on_price_is_flagged_unasked(client):
    book = playbook.of(client("value_tier:\n  medium: {do: 发两张优惠券}\n  low: {do: 每月一封信}\n"))
    assert book.play("value_tier", "medium", "zh").flags == ("price",)
    assert "不按人定价" in book.play("value_tier", "medium", "zh").flag
    assert book.play("value_tier", "low", "zh").flags == ()  # the default's flag was about the default's action


def test_on_sensitive_ground_price_needs_a_written_reason(client):
    found = faults(client("income:\n  low: {do: 按收入打折}\n"))
    assert found == [
        "playbook.yml line 2: income divides by something sensitive: price, credit or payment terms by it need a written reason, under why:"
    ]
    assert "why:" in faults(client("income:\n  low: {do: 按收入打折}\n"), "zh")[0]
    play = playbook.of(client("income:\n  low: {do: 按收入打折, why: 公益项目，经法务确认}\n")).play("income", "low", "zh")
    assert play.why == "公益项目，经法务确认"
    assert play.flags == ("price",)
    assert "申报收入" in play.flag


def test_a_crossed_class_follows_the_clients_own_parts(client):
    book = playbook.of(client("lifecycle:\n  dormant: {do: Call them on Monday}\n"))
    assert book.play("composite", "value_tier.high+lifecycle.dormant", "en").do.startswith("Call them on Monday; at the effort of")


def test_every_unknown_name_is_refused_with_its_line_and_the_near_one(client):
    text = "rfn:\n  loyal: {do: x}\nrfm:\n  loyol: {do: x}\n  champion:\n    owwner: x\n    flag: prise\n    do: {zh: 一}\n"
    assert faults(client(text)) == [
        "playbook.yml line 1: rfn is not known; do you mean rfm?",
        "playbook.yml line 4: loyol is not known; do you mean loyal?",
        "playbook.yml line 6: owwner is not known; do you mean owner?",
        "playbook.yml line 7: prise is not known; do you mean price?",
        "playbook.yml line 8: do: give one text, or one for zh and one for en",
    ]
    assert all(re.search(r"[一-鿿]", line) for line in faults(client(text), "zh"))
    assert "there are do, dont, owner, channel, kpi, stop, flag, why" in faults(client("rfm:\n  loyal: {zzzz: x}\n"))[0]


def test_classes_that_the_data_name_are_taken_but_not_a_slip_of_a_known_one(client):
    assert playbook.of(client("product_preference:\n  fresh_fish: {owner: x}\n")).own["product_preference"].keys() == {"fresh_fish"}
    assert faults(client("product_preference:\n  braod: {owner: x}\n")) == ["playbook.yml line 2: braod is not known; do you mean broad?"]


def test_a_class_that_the_data_name_keeps_its_name_in_the_play():
    words = methods.words("product_preference").called({"h_b_care": "H&B Care"})
    assert "“H&B Care”" in playbook.Playbook({}).play("product_preference", "h_b_care", "en", words=words).do


def test_a_file_of_another_form_is_refused(client, tmp_path):
    assert "method, class, field is the order" in faults(client("- rfm\n"))[0]
    assert "method, class, field is the order" in faults(client("rfm:\n  loyal: be nice\n"))[0]
    assert "tab" in faults(client("rfm:\n\tloyal: x\n"))[0]
    assert playbook.of(client("# nothing yet\n")).own == {}
    found = client("")
    (tmp_path / "playbook.yml").unlink()
    assert faults(found) == ["playbook: playbook.yml is not there. Write the file, or leave the line out: there is a default playbook."]


def test_a_slip_is_told_before_any_page_is_made(tmp_path):
    from seglib.report import plan

    rows = "\n".join(f"{n},c{n % 9},2024-{1 + n % 12:02d}-03,{10 + n}" for n in range(60))
    (tmp_path / "orders.csv").write_text(f"order_id,customer_id,ordered_at,amount\n{rows}\n", encoding="utf-8")
    (tmp_path / "playbook.yml").write_text("value_tier:\n  hihg: {owner: x}\n", encoding="utf-8")
    columns = "{order_id: order_id, customer_id: customer_id, ordered_at: ordered_at, amount: amount}"
    text = f"currency: CNY\nplaybook: playbook.yml\ntables:\n  orders:\n    files: orders.csv\n    columns: {columns}\n"
    (tmp_path / "client.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"playbook\.yml line 2: hihg is not known; do you mean high\?"):
        plan.settle("report", (), tmp_path / "client.yml")
