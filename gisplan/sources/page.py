"""A file whose address changes with each update: the page that links to it is read for the link of the prefecture."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from gisplan.core.errors import InputError, NetworkError, Problem
from gisplan.sources.addresses import addresses, fixed
from gisplan.sources.encoding import detect
from gisplan.sources.fetch import Address
from gisplan.sources.job import Brought, Job, bring
from gisplan.sources.transport import get

PREFERRED = "geojson"
SHOWN = 5


class _Links(HTMLParser):
    """Collects the links of a page, each with the words of its row or paragraph before it and its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.link = ""
        self.own: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row, or a link."""
        if tag in {"tr", "li", "p", "dl", "table"}:
            self.words = []
        if tag == "a":
            self.link, self.own = dict(attrs).get("href") or "", []

    def handle_data(self, data: str) -> None:
        """Take words."""
        (self.own if self.link else self.words).append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a link."""
        if tag == "a" and self.link:
            # A link that names a place of its own is of that place, whatever stood before it.
            self.found.append((self.link, "".join(self.own) + "\n" + "".join(self.words)))
            self.link = ""


def link_on(page: bytes, *, name: str, url: str) -> str:
    """Return the address of the only archive that a page gives for a name.

    Parameters
    ----------
    page
        The page.
    name
        The name, e.g. of a prefecture.
    url
        The page's address.

    Raises
    ------
    NetworkError
        If there is no such link, or several.
    """
    try:
        text = page.decode(detect(page, place=url).name)
    except InputError:
        text = page.decode("utf-8", "replace")
    links = _Links()
    links.feed(text)
    archives = [(href, words) for href, words in links.found if urlsplit(href).path.lower().endswith(".zip")]
    named = [row for row in archives if name in row[1].split("\n")[0]] or [
        row for row in archives if name in row[1]
    ]
    preferred = [row for row in named if PREFERRED in (row[0] + row[1].split("\n")[0]).lower()] or named
    targets = sorted({urljoin(url, href) for href, _ in preferred})
    if len(targets) != 1:
        values = {"name": name, "found": targets[:SHOWN] or "—"}
        raise NetworkError(Problem(code="net.page_changed", place=url, values=values))
    return targets[0]


def by_page(job: Job) -> Brought:
    """Fetch the file that a page links to.

    Parameters
    ----------
    job
        What to fetch, and where it goes.
    """
    [wanted] = addresses(job.release, job.place)
    page = get(wanted.url, job.network).body
    target = link_on(page, name=fixed("{prefecture_name}", job.place), url=wanted.url)
    return Brought(files=(bring(Address(url=target, name=wanted.name, sha256=wanted.sha256), job),))
