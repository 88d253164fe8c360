#!/usr/bin/env python3
"""Looks at an HTML report in a browser. Usage: page.py REPORT AXE CHROMIUM [PICTURES]

From 320 pixels to 4K, light and dark: nothing is fetched, nothing overflows, axe finds nothing serious, the graph leads to the finding,
filters hide findings, and the script of a name does not run.
"""
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SIZES = [(320, 640), (1280, 800), (3840, 2160)]


def look(browser, page_file, axe, size, scheme, pictures):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, bypass_csp=False)
    page = context.new_page()
    fetched, said = [], []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append("dialog"))
    page.goto(page_file.as_uri())
    assert fetched == [page_file.as_uri()], fetched
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{size} overflows"
    first = page.locator("svg a").first
    target = first.get_attribute("href")[1:]
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("id => document.activeElement && document.activeElement.id === id", arg=target)
    boxes = page.locator("#filters input[type=checkbox]")
    shown = lambda: page.locator(".finding:visible").count()
    before = shown()
    for n in range(boxes.count()):
        boxes.nth(n).uncheck()
    assert shown() == 0 and before > 0, (before, shown())
    for n in range(boxes.count()):
        boxes.nth(n).check()
    assert shown() == before
    page.locator("#filters input[type=search]").fill("plaintext-secret")
    assert 0 < shown() < before
    page.locator("#filters input[type=search]").fill("")
    assert said == [], said
    if pictures:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=f"{pictures}/{size[0]}-{scheme}.png")
    context.close()
    # The policy of contents refuses the script of axe, too.
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    found = [(one["id"], one["impact"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]
    serious = [one for one in found if one[1] in ("serious", "critical")]
    assert not serious, serious
    context.close()


def main():
    page_file, axe = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).read_text()
    pictures = sys.argv[4] if len(sys.argv) > 4 else None
    assert page_file.stat().st_size < 1_000_000
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[3], args=["--no-sandbox"])
        for size in SIZES:
            for scheme in ("light", "dark"):
                look(browser, page_file, axe, size, scheme, pictures)
        browser.close()
    print("the page is fine from 320 pixels to 4K, light and dark")


main()
