/* The map on the whole screen, and gestures that leave the page its scrolling: two fingers move the map, one the page. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const MOVED = 12;

  /* What fills the screen: the map with its panel, or the map alone where it has none. */
  const frame = (map) => map.getContainer().closest("#map") || map.getContainer();

  function whole(atlas) {
    const map = atlas.map, box = frame(map), root = document.documentElement;
    const button = gisplan.tool(atlas, "gp-screen", gisplan.words.screen, gisplan.icons.wide);
    button.setAttribute("aria-pressed", "false");
    const filled = () => document.fullscreenElement === box || box.classList.contains("gp-filled");
    const tell = () => {
      button.setAttribute("aria-pressed", String(filled()));
      button.replaceChildren(gisplan.picture(18, ...gisplan.icons[filled() ? "narrow" : "wide"]));
      const called = gisplan.words[filled() ? "screen_back" : "screen"];
      for (const name of ["aria-label", "title"]) gisplan.attribute(button, name, called);
      root.classList.toggle("gp-no-scroll", box.classList.contains("gp-filled"));
      map.getContainer().classList.toggle("gp-free", filled());
      map.invalidateSize({ animate: false });
    };
    const window_ = (on) => { box.classList.toggle("gp-filled", on); tell(); };
    button.addEventListener("click", async () => {
      if (filled()) {
        if (document.fullscreenElement) await document.exitFullscreen();
        else window_(false);
        return;
      }
      try {
        await box.requestFullscreen();
      } catch {
        window_(true); // a frame that may not, or a telephone that cannot: the map fills the window instead
      }
    });
    document.addEventListener("fullscreenchange", tell);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && box.classList.contains("gp-filled") && !atlas.pointing) window_(false);
    });
    return filled;
  }

  /* Puts a guard before a handler of Leaflet: it runs only where the guard lets it. */
  function guard(handler, owner, name, lets) {
    const held = owner[name];
    const on = handler.enabled();
    handler.disable();
    owner[name] = function (event) { return lets(event) ? held.call(owner, event) : undefined; };
    if (on) handler.enable();
  }

  function gestures(atlas, filled) {
    const map = atlas.map, box = map.getContainer();
    const framed = window.self !== window.top;
    box.classList.add("gp-shared");
    if (map.dragging && map.dragging._draggable) {
      guard(map.dragging, map.dragging._draggable, "_onDown", (event) => !event.touches || (event.cancelable && (filled() || event.touches.length !== 1)));
    }
    // While the page still glides on under a finger the browser takes no gesture back.
    if (map.touchZoom) guard(map.touchZoom, map.touchZoom, "_onTouchStart", (event) => event.cancelable !== false);
    if (framed && map.scrollWheelZoom) {
      guard(map.scrollWheelZoom, map.scrollWheelZoom, "_onWheelScroll", (event) => {
        if (filled() || event.ctrlKey || event.metaKey) return true;
        gisplan.hint(atlas, gisplan.words.wheel_hint);
        return false;
      });
    }
    let start = null;
    box.addEventListener("touchstart", (event) => { start = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
    box.addEventListener("touchmove", (event) => {
      const touch = event.touches[0];
      if (!start || filled() || event.touches.length !== 1 || event.target.closest(".gp-popup, .gp-measuring, .gp-linkbox")) return;
      if (Math.hypot(touch.clientX - start.clientX, touch.clientY - start.clientY) > MOVED) gisplan.hint(atlas, gisplan.words.touch_hint);
    }, { passive: true });
  }

  gisplan.screen = function (atlas) {
    const filled = whole(atlas);
    // A map of the user's own may be all of its page: nothing there could be scrolled instead.
    if (document.getElementById("gisplan-panel") || window.self !== window.top) gestures(atlas, filled);
  };
})();
