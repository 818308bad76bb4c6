"""A definition in words, without any customer: what the page of signature says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.language import translate
from seglib.learned import LearnedScheme
from seglib.report import labels, numbers, rules
from seglib.report.view import View

if TYPE_CHECKING:
    from seglib.scheme import RuleScheme
    from seglib.segmentation import Scheme, Segmentation


EVERY = 10_000  # rules of a class that the page of signature tells: all of them


def lines(scheme: Scheme, settings: Any, lang: str) -> list[str]:
    """A definition as lines of markdown.

    Args:
        scheme: A definition, with what stood beside it.
        settings: What client.yml says: currency and class names.
        lang: Language of the words.
    """
    own = dict((getattr(settings, "labels", None) or {}).get(scheme.method, {}))
    view = View(_nobody(scheme), _table(scheme), lang, str(getattr(settings, "currency", "") or ""), own)
    signed = scheme.about.get("signed")
    fitted = scheme.about.get("fitted_on", 0)
    head = [
        f"## {view.words.text('title', lang)} ({scheme.method})",
        "",
        f"- {view.t('Fingerprint: {hash}', hash=scheme.hash)}",
        f"- {view.t('Window: {n} days; found on {customers} customers', n=scheme.window_days, customers=numbers.count(int(str(fitted))))}",
    ]
    if isinstance(signed, dict):
        head.append(f"- {view.t('Signed by {by}, {on}, data up to {as_of}', by=signed['by'], on=signed['on'][:10], as_of=signed['as_of'])}")
    head += [f"- {view.t('Not met when it was signed: {condition}', condition=text)}" for text in view.failed_gates()]
    return [*head, "", *_cuts(view, scheme), "", *_classes(view, scheme), *_outside(view, scheme)]


def unmet(scheme: Scheme, settings: Any, lang: str) -> list[str]:
    """A sentence for every condition that the classification did not meet when its lines were drawn: who signs it signs that as well."""
    own = dict((getattr(settings, "labels", None) or {}).get(scheme.method, {}))
    return View(_nobody(scheme), _table(scheme), lang, str(getattr(settings, "currency", "") or ""), own).failed_gates()


def _cuts(view: View, scheme: Scheme) -> list[str]:
    """Every score with its intervals; for a learned definition its features and how far each class lies from the average."""
    if isinstance(scheme, LearnedScheme):
        head = view.t("Features, on one scale; the nearest centre decides:")
        if scheme.kind == "gaussians":
            head = view.t("Features, on one scale; the most probable group decides:")
        formulas = [f"- {labels.label(f.inputs[0], view.lang)}{_colon(view)}`{f.text}`" for f in scheme.features]
        joint = "，" if view.lang == "zh" else ", "
        centres = [
            f"- {view.label(key)}{_colon(view)}{joint.join(numbers.plain(value) for value in centre)}"
            for key, centre in zip(scheme.classes, scheme.centres, strict=True)
        ]
        return [head, "", *formulas, "", view.t("Centres, in the order of the features:"), "", *centres]
    found = [view.t("Cut points:"), ""]
    for score in scheme.scores:
        if score.hidden:
            continue
        told = "；" if view.lang == "zh" else "; "
        steps = told.join(f"{value} = {text}" for value, text in rules.intervals(view, score))
        found.append(f"- {rules.axis_head(view, score)}{rules.tiers_text(view, score.tiers)}{_colon(view)}{steps}")
        if score.cuts:
            found.append(f"  - {view.t('exactly: {cuts}', cuts=', '.join(f'{cut:.12g}' for cut in score.cuts))}")
    return found + [f"- {formula.name} = `{formula.text}`" for formula in scheme.formulas]


def _colon(view: View) -> str:
    return "：" if view.lang == "zh" else ": "


def _classes(view: View, scheme: Scheme) -> list[str]:
    rows = [(key, "" if isinstance(scheme, LearnedScheme) else _rule(view, scheme, key)) for key in scheme.classes]
    return [view.t("Classes:"), "", *(f"- {view.label(key)} (`{key}`){_colon(view) + text if text else ''}" for key, text in rows)]


def _rule(view: View, scheme: RuleScheme, key: str) -> str:
    if key != scheme.otherwise and all(rule.segment != key for rule in scheme.rules):
        return view.t("no rule leads here")
    return rules.rule_text(view, key, most=EVERY)


def _outside(view: View, scheme: Scheme) -> list[str]:
    if not scheme.outside:
        return []
    told = [f"- {view.label(key)} (`{key}`){_colon(view)}{view.meaning(key)}" for key in scheme.outside]
    contract = view.t(
        "An order is an order number whose amount is above 0 after the refunds linked to it; every refund lowers sales on its own day. "
        "Equal values always have the same score."
    )
    return ["", view.t("Outside the classes, decided first:"), "", *told, "", contract]


def _table(scheme: Scheme) -> Any:
    """A customer table without customers, as a view wants one."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(dtype="float64") for name in ("customer_id", *scheme.inputs)})


def _nobody(scheme: Scheme) -> Segmentation:
    """The definition as a result on nobody, so that the words of results serve it too."""
    import pandas as pd

    from seglib.methods._signed import kept
    from seglib.segmentation import Segmentation

    about = dict(scheme.about)
    keys = [*scheme.classes, *scheme.outside]
    profile = pd.DataFrame({"segment": keys, "outside": [key in scheme.outside for key in keys], "customers": 0})
    empty = {name: pd.DataFrame() for name in ("cut_points", "warnings")}
    gates = pd.DataFrame(about.get("gates") or [], columns=["gate", "passed", "found", "needed"])
    assignments = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "segment": pd.Series(dtype="str")})
    params, fit = about.get("params"), about.get("fit")
    return Segmentation(
        scheme.method,
        params if isinstance(params, dict) else {},
        assignments,
        profile,
        fit if isinstance(fit, dict) else {},
        {**kept(scheme), **empty, "gates": gates},
        scheme,
        bool(about.get("ordered")),
    )


def sentence(scheme: Scheme, lang: str) -> str:
    """The definition in one line, for a screen."""
    return translate("{name} #{hash}, {n} classes", lang, name=scheme.method, hash=scheme.hash[:8], n=len(scheme.classes))
