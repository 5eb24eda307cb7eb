"""Chromium, and a page in it that tells everything that went wrong."""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Position, Request

QUIET = [
    "--no-sandbox",  # CI runs as root
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SOFTWARE_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NO_WEBGL = ["--disable-gpu", "--disable-3d-apis"]
READ_PICTURE = """async (png) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const drawing = new OffscreenCanvas(image.width, image.height).getContext("2d");
    drawing.drawImage(image, 0, 0);
    const { data } = drawing.getImageData(0, 0, image.width, image.height);
    const hex = (value) => value.toString(16).padStart(2, "0");
    window.width = image.width;
    window.pixels = Array.from({ length: data.length / 4 }, (_, at) =>
        `#${hex(data[4 * at])}${hex(data[4 * at + 1])}${hex(data[4 * at + 2])}`);
}"""
COUNT_COLOURS = """(colours) => colours.map((colour) => pixels.filter((pixel) => pixel === colour).length)"""
FIND_AREA = """(colour) => {
    const around = [-4, 0, 4].flatMap((row) => [-4, 0, 4].map((column) => row * width + column));
    const at = pixels.findIndex((_, pixel) => around.every((step) => pixels[pixel + step] === colour));
    return at < 0 ? null : [at % width, Math.floor(at / width)];
}"""


@dataclass
class Watched:
    """A page of the service, and what went wrong in it.

    Attributes
    ----------
    troubles
        Errors of the console (what the policy refuses is one), exceptions, requests to another host.
    """

    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Go to a path and wait until the map is drawn."""
        self.page.goto(f"{self.address}{path}")
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until the map has drawn what it was told last."""
        self.page.wait_for_selector("#map[data-state=drawn]", timeout=60_000)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"console: {message.text}")

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.troubles.append(f"another host: {request.url}")


class Picture:
    """A screenshot of the map, read in a page of its own: the atlas's policy would refuse to."""

    def __init__(self, laboratory: Page, png: bytes) -> None:
        self._laboratory = laboratory
        laboratory.evaluate(READ_PICTURE, base64.b64encode(png).decode())

    def count(self, *colours: str) -> list[int]:
        """Return the number of pixels of each colour, written #rrggbb."""
        return list(self._laboratory.evaluate(COUNT_COLOURS, colours))

    def area_of(self, colour: str) -> Position:
        """Return a place around which there is nothing but a colour."""
        found = self._laboratory.evaluate(FIND_AREA, colour)
        assert found, f"no area of the map is {colour}"
        return {"x": found[0], "y": found[1]}


@pytest.fixture(scope="session")
def launch(absent: Callable[[str], NoReturn]) -> Iterator[Callable[[list[str]], Browser]]:
    """Return a function that starts Debian's Chromium with some arguments."""
    executable = shutil.which("chromium")
    if executable is None:
        absent("Chromium is not installed (Debian, Ubuntu: apt-get install chromium)")
    with sync_playwright() as playwright:
        yield lambda arguments: playwright.chromium.launch(executable_path=executable, args=QUIET + arguments)


@pytest.fixture(scope="session")
def chromium(launch: Callable[[list[str]], Browser]) -> Iterator[Browser]:
    """Return a Chromium that draws WebGL without a graphics card."""
    browser = launch(SOFTWARE_WEBGL)
    yield browser
    browser.close()


@pytest.fixture
def watch(service: str) -> Iterator[Callable[[BrowserContext], Watched]]:
    """Return a function that opens a watched page; at the end none of them may have had any trouble."""
    opened: list[Watched] = []

    def open_in(context: BrowserContext) -> Watched:
        context.set_default_timeout(30_000)
        watched = Watched(context.new_page(), service)
        watched.page.on("console", watched.on_console)
        watched.page.on("pageerror", lambda error: watched.troubles.append(f"exception: {error}"))
        watched.page.on("request", watched.on_request)
        opened.append(watched)
        return watched

    yield open_in
    troubles = [trouble for watched in opened for trouble in watched.troubles]
    for watched in opened:
        watched.page.context.close()
    assert troubles == []


@pytest.fixture
def atlas(chromium: Browser, watch: Callable[[BrowserContext], Watched]) -> Watched:
    """Return a page on a desk: 1280 x 900, Italian."""
    return watch(chromium.new_context(viewport={"width": 1280, "height": 900}, locale="it-IT", reduced_motion="reduce"))


@pytest.fixture
def picture(chromium: Browser) -> Iterator[Callable[[Page], Picture]]:
    """Return a function that takes a picture of a page's map."""
    laboratory = chromium.new_page()
    yield lambda page: Picture(laboratory, page.locator("#map canvas").screenshot())
    laboratory.close()
