/* Today and a scenario side by side: a divider over the map cuts the layers of each at its side, on the canvas itself. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const STEP = 0.02, PAGE = 0.1;

  function choice(story) {
    const select = element("select", "");
    const options = [["", story.words.swipe_none], ...story.swipes.map((one) => [one.name, { ja: one.name, en: one.name }])];
    for (const [value, title] of options) {
      const option = element("option", "");
      option.value = value;
      gisplan.attribute(option, "label", title);
      select.append(option);
    }
    return select;
  }

  /* The line over the map with its handle, and what stands on either side of it. */
  function divider(map, words) {
    const left = element("span", "gp-side left"), right = element("span", "gp-side right");
    const handle = element("div", "gp-divider", gisplan.picture(22, ["path", { d: "M9 7l-5 5 5 5M15 7l5 5-5 5", fill: "none", stroke: "currentColor", "stroke-width": "2.2", "stroke-linecap": "round", "stroke-linejoin": "round" }]));
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-valuemax", "100");
    gisplan.attribute(handle, "aria-label", words.swipe_divider);
    const line = element("div", "gp-swipe", left, handle, right);
    line.hidden = true;
    map.getContainer().append(line);
    L.DomEvent.disableClickPropagation(line);
    return { line, left, handle, right };
  }

  /* Keys shift the divider by a share of the map, a pointer takes it along. */
  function movable(handle, map, { shift, move }) {
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowUp: STEP, PageDown: -PAGE, PageUp: PAGE, Home: -1, End: 1 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      shift(steps[event.key]);
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
  }

  /* Which colour of a layer is which time, of the times that are shown. */
  function key(set) {
    if (!set) return [];
    const drawn = new Set();
    for (let at = 0; at < set.block.count; at++) if (set.has(at)) drawn.add(set.block.at[at] || 0);
    return set.block.classes.filter((_, at) => drawn.has(at)).map((found) => {
      const colour = element("i", "");
      colour.style.backgroundColor = found.colour;
      return element("small", "", colour, text(found.title));
    });
  }

  const paths = (set) => set.features.flatMap((feature) => feature.drawn).filter((path) => path._updatePath);

  function uncut(path) {
    delete path._updatePath;
    delete path._containsPoint;
  }

  /* Layers that are drawn and hit on one side of the divider alone. */
  class Cut {
    constructor(map) {
      this.map = map;
      this.share = 0.5;
      this.sides = new Map();
      this.waiting = 0;
    }

    get x() {
      return this.share * this.map.getSize().x;
    }

    has(side, x) {
      return side === "before" ? x < this.x : x >= this.x;
    }

    /* Which part of the canvas a side has, in its own coordinates. */
    part(side, renderer) {
      const at = this.map.containerPointToLayerPoint([this.x, 0]).x, { min, max } = renderer._bounds;
      return side === "before" ? [min.x, min.y, at - min.x, max.y - min.y] : [at, min.y, max.x - at, max.y - min.y];
    }

    path(path, side) {
      const kind = Object.getPrototypeOf(path), cut = this;
      path._updatePath = function () {
        const renderer = this._renderer, context = renderer._ctx;
        if (!context || !renderer._drawing || !renderer._bounds) return kind._updatePath.call(this);
        context.save();
        context.beginPath();
        context.rect(...cut.part(side, renderer));
        context.clip();
        kind._updatePath.call(this);
        return context.restore();
      };
      path._containsPoint = function (point) {
        return cut.has(side, cut.map.layerPointToContainerPoint(point).x) && kind._containsPoint.call(this, point);
      };
    }

    /* Draws again; while the map moves the canvas is made anew, for the divider stays where it is. */
    again(moving) {
      cancelAnimationFrame(this.waiting);
      this.waiting = requestAnimationFrame(() => {
        for (const renderer of new Set([...this.sides.keys()].map((set) => set.renderer))) {
          if (moving && renderer && renderer._map && !this.map._animatingZoom) renderer._update();
          else if (renderer && renderer._map) renderer.again();
        }
        for (const [set, side] of this.sides) this.tidy(set, side);
      });
    }

    /* What of a layer is no path on the shared canvas: tiles of its own, and labels. */
    tidy(set, side) {
      if (set.clip) set.clip(this.map, side, this.x, (x) => this.has(side, x));
      for (const tip of set.labels) {
        const label = tip.getElement();
        if (label) label.classList.toggle("gp-cut", !this.has(side, this.map.latLngToContainerPoint(tip.getLatLng()).x));
      }
    }

    /* Cuts these layers, each at its side, and no others. */
    keep(sides) {
      const old = this.sides;
      for (const set of old.keys()) {
        paths(set).forEach(uncut);
        if (set.clip) set.clip(this.map, null);
        for (const tip of set.labels) if (tip.getElement()) tip.getElement().classList.remove("gp-cut");
      }
      this.sides = sides;
      for (const [set, side] of sides) paths(set).forEach((path) => this.path(path, side));
      for (const set of old.keys()) set.redraw();
      this.again(false);
    }
  }

  class Swipe {
    constructor(atlas, story, reach) {
      const words = story.words, select = choice(story), status = element("p", "gp-said");
      Object.assign(this, { atlas, story, reach, select, status, scenario: "", chosen: null, before: new Map() });
      this.sets = new Map(atlas.listed.map((set) => [set.block.name, set]));
      this.cut = new Cut(atlas.map);
      this.drawn = divider(atlas.map, words);
      status.setAttribute("role", "status");
      this.box = gisplan.section("gp-told-part", words.swipe, element("label", "", element("span", "", text(words.swipe_choice)), select), status);
      this.box.open = false;
      const move = (to) => this.move(to);
      movable(this.drawn.handle, atlas.map, { move, shift: (by) => this.move(this.cut.share + by) });
      atlas.map.on("move resize", () => { if (this.chosen) this.cut.again(true); });
      atlas.map.on("zoomend moveend", () => { if (this.chosen) this.cut.again(false); });
      atlas.map.on("gisplan:reach", () => { if (this.chosen || this.cut.sides.size) this.cutAll(); });
      select.addEventListener("change", () => this.set(select.value));
    }

    move(to) {
      this.cut.share = Math.max(0, Math.min(1, to));
      this.place();
    }

    place() {
      const percent = Math.round(this.cut.share * 100), { line, handle } = this.drawn;
      line.style.left = this.cut.share * 100 + "%";
      handle.setAttribute("aria-valuenow", percent);
      const now = this.chosen ? gisplan.put(this.story.words.swipe_said, { name: this.chosen.name, share: percent }) : { ja: "", en: "" };
      gisplan.attribute(handle, "aria-valuetext", now);
      this.status.replaceChildren(text(now));
      this.cut.again(false);
    }

    /* Both sides say what they are, and which colour is which time: it is the same on both. */
    label() {
      const { left, right } = this.drawn, { name } = this.chosen, [[, shown] = []] = this.reach.shown();
      left.replaceChildren(element("span", "", text(this.story.words.swipe_today)), ...key(this.sets.get(shown)));
      right.replaceChildren(element("span", "", text({ ja: name, en: name })), ...key(this.sets.get(shown)));
    }

    /* Cuts the layers of both sides: roads and places of the scenario, and the isochrones that are shown. */
    cutAll() {
      const found = new Map();
      if (this.chosen) {
        this.label();
        for (const [one, name] of this.reach.shown()) found.set(name, one.scenario ? "after" : "before");
        for (const name of this.chosen.after) if (!/isochrone_/.test(name)) found.set(name, "after");
      }
      this.cut.keep(new Map([...found].filter(([name]) => this.sets.has(name)).map(([name, side]) => [this.sets.get(name), side])));
    }

    /* Shows a scenario beside today, "" for none. */
    set(name) {
      const next = this.story.swipes.find((one) => one.name === name) || null, { atlas, reach } = this;
      if (next === this.chosen) return;
      for (const [set, on] of this.before) atlas.turn(set, on);
      this.before = new Map();
      this.chosen = next;
      this.scenario = reach.scenario = next ? next.name : "";
      this.select.value = this.scenario;
      this.drawn.line.hidden = !next;
      if (next) this.works();
      // A change of roads says little without what it changes: the longest time is shown where none is.
      if (next && reach.box && reach.minutes === null) reach.set(reach.longest());
      else reach.draw();
      this.cutAll();
      this.place();
    }

    /* Shows the works of the chosen scenario, and those of no other. */
    works() {
      this.box.open = true;
      for (const other of this.story.swipes) {
        for (const set of other.after.filter((name) => !/isochrone_/.test(name) && this.sets.has(name)).map((name) => this.sets.get(name))) {
          this.before.set(set, set.on);
          this.atlas.turn(set, other === this.chosen);
        }
      }
    }
  }

  gisplan.swipe = (atlas, story, reach) => (story.swipes.length ? new Swipe(atlas, story, reach) : { box: null, scenario: "", set: () => {} });
})();
