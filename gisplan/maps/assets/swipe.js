/* Today and a scenario side by side: a divider over the map cuts the layers of each at its side, on the canvas itself. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const STEP = 0.02, PAGE = 0.1;

  gisplan.swipe = function (atlas, story, reach) {
    const words = story.words, map = atlas.map;
    const own = { box: null, scenario: "", set: () => {} };
    if (!story.swipes.length) return own;
    const sets = new Map(atlas.listed.map((set) => [set.block.name, set]));
    let share = 0.5, chosen = null, before = new Map(), cut = new Map(), waiting = 0;

    const select = element("select", "");
    const options = [["", words.swipe_none], ...story.swipes.map((one) => [one.name, { ja: one.name, en: one.name }])];
    for (const [value, title] of options) {
      const option = element("option", "");
      option.value = value;
      gisplan.attribute(option, "label", title);
      select.append(option);
    }
    const status = element("p", "gp-said");
    status.setAttribute("role", "status");
    own.box = gisplan.section("gp-told-part", words.swipe, element("label", "", element("span", "", text(words.swipe_choice)), select), status);

    own.box.open = false;

    const left = element("span", "gp-side left"), right = element("span", "gp-side right");
    const handle = element("div", "gp-divider", gisplan.picture(22, ["path", { d: "M9 7l-5 5 5 5M15 7l5 5-5 5", fill: "none", stroke: "currentColor", "stroke-width": "2.2", "stroke-linecap": "round", "stroke-linejoin": "round" }]));
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-valuemax", "100");
    const line = element("div", "gp-swipe", left, handle, right);
    line.hidden = true;
    map.getContainer().append(line);
    L.DomEvent.disableClickPropagation(line);

    /* Which part of the canvas a side has, in its own coordinates. */
    function part(side, renderer) {
      const at = map.containerPointToLayerPoint([share * map.getSize().x, 0]).x, { min, max } = renderer._bounds;
      return side === "before" ? [min.x, min.y, at - min.x, max.y - min.y] : [at, min.y, max.x - at, max.y - min.y];
    }

    const onSide = (side, x) => (side === "before" ? x < share * map.getSize().x : x >= share * map.getSize().x);

    function cutPath(path, side) {
      const kind = Object.getPrototypeOf(path);
      path._updatePath = function () {
        const renderer = this._renderer, context = renderer._ctx;
        if (!context || !renderer._drawing || !renderer._bounds) return kind._updatePath.call(this);
        context.save();
        context.beginPath();
        context.rect(...part(side, renderer));
        context.clip();
        kind._updatePath.call(this);
        return context.restore();
      };
      path._containsPoint = function (point) {
        return onSide(side, map.layerPointToContainerPoint(point).x) && kind._containsPoint.call(this, point);
      };
    }

    function uncut(path) {
      delete path._updatePath;
      delete path._containsPoint;
    }

    const paths = (set) => set.features.flatMap((feature) => feature.drawn).filter((path) => path._updatePath);

    /* Draws again; while the map moves the canvas is made anew, for the divider stays where it is. */
    function again(moving) {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => {
        for (const renderer of new Set([...cut.keys()].map((set) => set.renderer))) {
          if (moving && renderer && renderer._map && !map._animatingZoom) renderer._update();
          else if (renderer && renderer._map) renderer.again();
        }
        for (const [set, side] of cut) {
          if (set.clip) set.clip(map, side, share * map.getSize().x, (x) => onSide(side, x));
          for (const tip of set.labels) {
            const label = tip.getElement();
            if (label) label.classList.toggle("gp-cut", !onSide(side, map.latLngToContainerPoint(tip.getLatLng()).x));
          }
        }
      });
    }

    function place() {
      const percent = Math.round(share * 100);
      line.style.left = share * 100 + "%";
      handle.setAttribute("aria-valuenow", percent);
      const now = chosen ? gisplan.put(words.swipe_said, { name: chosen.name, share: percent }) : { ja: "", en: "" };
      gisplan.attribute(handle, "aria-valuetext", now);
      status.replaceChildren(text(now));
      again(false);
    }

    function move(to) {
      share = Math.max(0, Math.min(1, to));
      place();
    }

    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowUp: STEP, PageDown: -PAGE, PageUp: PAGE, Home: -1, End: 1 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      move(share + steps[event.key]);
    });
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      handle.setPointerCapture(event.pointerId);
      handle.focus({ preventScroll: true });
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = map.getContainer().getBoundingClientRect();
      move((event.clientX - box.left) / box.width);
    });
    map.on("move resize", () => { if (chosen) again(true); });
    map.on("zoomend moveend", () => { if (chosen) again(false); });

    /* The layers of both sides: roads and places of the scenario, and the isochrones that are shown. */
    function sides() {
      const found = new Map();
      for (const [one, name] of reach.shown()) found.set(name, one.scenario ? "after" : "before");
      for (const name of chosen.after) if (!/isochrone_/.test(name)) found.set(name, "after");
      return found;
    }

    /* Both sides say what they are, and which colour is which time: it is the same on both. */
    function label() {
      const { name } = chosen;
      left.replaceChildren(element("span", "", text(words.swipe_today)), ...key());
      right.replaceChildren(element("span", "", text({ ja: name, en: name })), ...key());
    }

    function key() {
      const [, name] = reach.shown()[0] || [], set = sets.get(name);
      if (!set) return [];
      const drawn = new Set();
      for (let at = 0; at < set.block.count; at++) if (set.has(at)) drawn.add(set.block.at[at] || 0);
      return set.block.classes.filter((_, at) => drawn.has(at)).map((found) => {
        const colour = element("i", "");
        colour.style.backgroundColor = found.colour;
        return element("small", "", colour, text(found.title));
      });
    }

    function cutAll() {
      for (const set of cut.keys()) paths(set).forEach(uncut);
      for (const set of cut.keys()) if (set.clip) set.clip(map, null);
      for (const set of cut.keys()) for (const tip of set.labels) if (tip.getElement()) tip.getElement().classList.remove("gp-cut");
      const old = cut;
      cut = new Map();
      if (chosen) label();
      if (chosen) for (const [name, side] of sides()) if (sets.has(name)) cut.set(sets.get(name), side);
      for (const [set, side] of cut) paths(set).forEach((path) => cutPath(path, side));
      for (const set of old.keys()) set.redraw();
      again(false);
    }

    /* Shows a scenario beside today, "" for none. */
    own.set = function (name) {
      const next = story.swipes.find((one) => one.name === name) || null;
      if (next === chosen) return;
      for (const [set, on] of before) atlas.turn(set, on);
      before = new Map();
      chosen = next;
      own.scenario = reach.scenario = chosen ? chosen.name : "";
      select.value = own.scenario;
      line.hidden = !chosen;
      if (chosen) {
        own.box.open = true;
        for (const other of story.swipes) {
          for (const held of other.after) {
            if (/isochrone_/.test(held) || !sets.has(held)) continue;
            before.set(sets.get(held), sets.get(held).on);
            atlas.turn(sets.get(held), other === chosen);
          }
        }
        // A change of roads says little without what it changes: the longest time is shown where none is.
        if (reach.box && reach.minutes === null) reach.set(reach.longest());
        else reach.draw();
      } else reach.draw();
      cutAll();
      place();
    };

    map.on("gisplan:reach", () => { if (chosen || cut.size) cutAll(); });
    gisplan.attribute(handle, "aria-label", words.swipe_divider);
    select.addEventListener("change", () => own.set(select.value));
    return own;
  };
})();
