"""Tabs of the browser that tests use in turn: a tab of its own for each costs more than the page in it.

A test finds a tab as if it were new: at an empty page, without listeners, the pointer in the corner, size and media
as asked for. A tab in which a test failed is thrown away. What changes more than this (scripts run before each page,
listeners for dialogs, a network that is there, keys held down) is for tabs of one's own.
"""

from contextlib import contextmanager
from functools import cache


@cache
def idle(browser, options):
    """Return the tabs of a browser with some options, each a context of its own, that nobody uses just now."""
    del browser, options
    return []


@contextmanager
def tab(browser, *, viewport, **options):
    """Yield a tab at an empty page with the network off, and lists of what it asks for and complains of."""
    waiting = idle(browser, tuple(sorted(options.items())))
    view = waiting.pop() if waiting else browser.new_context(offline=True, **options).new_page()
    seen = {"requests": [], "console": [], "errors": []}
    hearing = {
        "request": lambda request: seen["requests"].append(request.url),
        "console": lambda message: seen["console"].append(message.text),
        "pageerror": lambda error: seen["errors"].append(str(error)),
    }
    try:
        view.set_viewport_size(viewport)
        for event, hear in hearing.items():
            view.on(event, hear)
        yield view, seen
        for event, hear in hearing.items():
            view.remove_listener(event, hear)
        view.context.unroute_all()
        view.goto("about:blank")
        view.emulate_media(media="null", color_scheme="null", reduced_motion="null", forced_colors="null")
        view.mouse.move(0, 0)
    except BaseException:
        view.context.close()
        raise
    waiting.append(view)
