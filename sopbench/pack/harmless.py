"""HTML out of a notebook with all that could run, load or lead anywhere left out: a cycle may come from a stranger."""

from __future__ import annotations

import re
from html import escape, unescape

from lxml import html as markup

KEPT = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "section", "br", "hr", "b", "strong", "i", "em", "small"),
    *("sub", "sup", "code", "pre", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "style"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
"""What may stand on a page; what else there is loses its tags and keeps its words, scripts lose these too."""

SAID = {"class", "id", "style", "title", "scope", "colspan", "rowspan", "align"}
"""What a tag may say of itself."""

SILENT = {"script", "iframe", "object", "embed", "svg", "math", "template", "noscript", "link", "meta", "base", "form"}
"""What goes with all that is in it."""

LOADING = re.compile(r"url|@import|expression|javascript|\\|<", re.IGNORECASE)
"""Words by which a style may load or run something."""


def harmless(page: str) -> str:
    """The HTML with tags, their attributes and styles that are known to do nothing but show."""
    if not page.strip():
        return ""
    root = markup.fragment_fromstring(page, create_parent="div")
    for part in list(root.iter()):
        if part is root or part.getparent() is None:
            continue
        if not isinstance(part.tag, str) or part.tag in SILENT:
            part.drop_tree()
        elif part.tag not in KEPT:
            part.drop_tag()
        elif part.tag == "style" and LOADING.search(part.text_content()):
            part.drop_tree()
        else:
            _quieten(part)
    inner = markup.tostring(root, encoding="unicode", with_tail=False)
    return inner[len("<div>") : -len("</div>")]


def image(data: str) -> str:
    """A picture's data as it may stand in an address: base64 and nothing else; empty where it is not."""
    bare = "".join(data.split())
    return bare if re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", bare) else ""


def words(said: str) -> str:
    """Text out of an SVG as it may stand inside quotes."""
    return escape(unescape(said))


def _quieten(part: markup.HtmlElement) -> None:
    for name, value in list(part.attrib.items()):
        if name not in SAID or (name == "style" and LOADING.search(value)):
            del part.attrib[name]
