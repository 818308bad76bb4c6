"""What changed between two runs of one project, from their run.json alone: a sentence for each thing, for the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seglib.language import marked, translate
from seglib.report import numbers
from seglib.report.manifest import Manifest

#: Parts of a request beside parameters: name -> what a reader calls it.
ASKED = {"languages": marked("language"), "depth": marked("depth"), "formats": marked("formats"), "code": marked("code on the pages")}


def previous(run: Manifest, runs: list[Manifest]) -> Manifest | None:
    """The finished run of the same project before this one; ``runs`` are newest first."""
    place = next(number for number, one in enumerate(runs) if one.folder == run.folder)
    own = _client(run.content)
    return next((one for one in runs[place + 1 :] if one.content.get("status") == "ok" and _client(one.content) == own), None)


def _client(content: Mapping[str, Any]) -> tuple[str, str]:
    request = content.get("request", {})
    return str(request.get("client", "")), str(request.get("kind", ""))


def changes(run: Mapping[str, Any], before: Mapping[str, Any], lang: str) -> list[str]:
    """What a run does otherwise than the one before it: day, window, data, main classification, parameters, definition, version, words.

    Args:
        run, before: The contents of the two run.json.
        lang: Language of the sentences.

    Returns:
        Sentences; where nothing differs, one that says so.
    """

    def t(message: str, **values: object) -> str:
        return translate(message, lang, **values)

    told = []
    now, then = run.get("data", {}), before.get("data", {})
    if now.get("as_of") != then.get("as_of"):
        told.append(t("cut-off day {then} → {now}", then=then.get("as_of", ""), now=now.get("as_of", "")))
    if now.get("window_days") != then.get("window_days"):
        told.append(t("window {then} → {now} days", then=then.get("window_days", ""), now=now.get("window_days", "")))
    many, few = now.get("customers"), then.get("customers")
    if many is not None and few is not None and many != few:
        told.append(t("customers {then} → {now}", then=numbers.count(few), now=numbers.count(many)))
    if now.get("fingerprint") != then.get("fingerprint"):
        told.append(t("other data"))
    if run.get("main") != before.get("main"):
        told.append(
            t("main classification {then} → {now}", then=before.get("main") or numbers.MISSING, now=run.get("main") or numbers.MISSING)
        )
    told += _request(run.get("request", {}), before.get("request", {}), t)
    if run.get("seglib") != before.get("seglib"):
        told.append(t("seglib {then} → {now}", then=before.get("seglib", ""), now=run.get("seglib", "")))
    title, was = run.get("headline", {}).get(lang, ""), before.get("headline", {}).get(lang, "")
    if title and was and title != was:
        told.append(t("it said: {headline}", headline=was))
    if not told and run.get("run_id") != before.get("run_id"):
        told.append(t("title, notes, labels, looks, playbook or templates"))
    return told or [t("nothing: the same request on the same data")]


def _request(now: Mapping[str, Any], then: Mapping[str, Any], t: Any) -> list[str]:
    """What was asked for otherwise."""
    told = []
    mine, theirs = _flat(now), _flat(then)
    for name in sorted({*mine, *theirs}):
        if mine.get(name) != theirs.get(name):
            values = {"then": theirs.get(name, t("default")), "now": mine.get(name, t("default"))}
            told.append(t("{name} {then} → {now}", name=name, **values))
    for name, said in ASKED.items():
        was, asked = then.get(name), now.get(name)
        if was is not None and asked is not None and was != asked:
            told.append(t("{name} {then} → {now}", name=t(said), then=_listed(was), now=_listed(asked)))
    if now.get("definitions", "") != then.get("definitions", ""):
        told.append(t("follows another signed definition") if now.get("definitions") else t("follows no signed definition any more"))
    return told


def _listed(value: object) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def _flat(request: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as method.name."""
    given: Mapping[str, Mapping[str, Any]] = request.get("parameters", {})
    return {f"{method}.{name}": str(value) for method, values in given.items() for name, value in values.items()}
