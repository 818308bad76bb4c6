"""Takes the README's pictures from a finished run. Run: python docs/pictures.py reports/2017-12-31"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge")
# picture -> page of the run, and the number of a figure on it: the top of the page where none is named
SHOTS = {
    "front-en": ("en/index.html", None),
    "front-zh": ("zh/index.html", None),
    "rfm-en": ("en/rfm.html", 0),
    "lifecycle-zh": ("zh/lifecycle.html", 0),
}
SIZE = {"width": 1180, "height": 920}  # CSS pixels


def take(run: Path) -> list[Path]:
    """Save every picture, in 64 colours: charts and text need no more, and the file stays small."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    browser_path = next(filter(None, map(shutil.which, BROWSERS)))
    taken = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, (page_name, figure) in SHOTS.items():
            page = browser.new_page(viewport=SIZE)
            page.goto((run / page_name).resolve().as_uri())
            place = page if figure is None else page.locator("figure img").nth(figure)
            picture = Image.open(io.BytesIO(place.screenshot())).convert("RGB").quantize(64)
            picture.save(FOLDER / f"{name}.png", optimize=True)
            taken.append(FOLDER / f"{name}.png")
            page.close()
        browser.close()
    return taken


if __name__ == "__main__":
    for path in take(Path(sys.argv[1])):
        sys.stdout.write(f"{path.name} {path.stat().st_size // 1024} KB\n")
