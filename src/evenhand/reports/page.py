"""A page from its blocks: one HTML file with its style and script inside, and a strict policy."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from evenhand.reports.blocks import Block, Figure, Opening, Words
from evenhand.reports.transcript import class_key

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    """Templates of this package, everything escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("evenhand.reports", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    env.tests["figure"] = lambda b: isinstance(b, Figure)
    env.tests["opening"] = lambda b: isinstance(b, Opening)
    env.tests["words"] = lambda b: isinstance(b, Words)
    env.globals["class_key"] = class_key
    return env


def part(template: str, **given: Any) -> Markup:
    """A piece of a page from a template, escaped."""
    return Markup(_environment().get_template(template).render(**given))


@cache
def asset(name: str) -> str:
    """A style sheet or script of this package."""
    return (files("evenhand.reports") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def policy(style: str, script: str) -> str:
    """A content policy that lets in this style and this script and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def style_for(names: Sequence[str]) -> str:
    """Tokens, page style, and one rule for each construct that can be marked."""
    rules = [
        f".script:has(#mark-{k}:checked) .k-{k}{{background:var(--tint);box-shadow:inset 0 -2px "
        "var(--hue)}\n"
        f".script:has(#mark-{k}:checked) mark.k-{k}{{padding:.08em .12em;margin:0 -.12em}}"
        for k in dict.fromkeys(class_key(n) for n in names)
    ]
    return "\n".join([asset("tokens.css"), asset("page.css"), *rules])


@dataclass(frozen=True)
class Link:
    """An entry of the navigation at the top."""

    title: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Page:
    """What a page is made of, besides the style and script that all share."""

    title: str
    kind: str
    blocks: Sequence[Block]
    nav: Sequence[Link]
    study: str
    session: str = ""
    viewer: str = ""
    before: Link | None = None
    after: Link | None = None
    header: Markup | None = None


def page_html(page: Page, style: str) -> str:
    """The whole file."""
    script = asset("page.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
        )
    )
