/* The layers of a plan on a Leaflet map: reads the data blocks, draws on one canvas, tells about a place.
   Texts of the plan reach the page through textContent only. */
(function () {
  "use strict";
  const gisplan = (window.gisplan = window.gisplan || {});
  const SVG = "http://www.w3.org/2000/svg";
  const POINT = 0, LINE = 1, POLYGON = 2;

  if (window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
    L.Map.mergeOptions({ zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false });
  }

  /* ---- words and elements ---- */

  gisplan.words = {};
  gisplan.language = () => (document.documentElement.lang === "en" ? "en" : "ja");

  gisplan.element = function (tag, name, ...children) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    for (const child of children) if (child !== null && child !== undefined) made.append(child);
    return made;
  };
  const element = gisplan.element;
  const text = (said) => gisplan.text(said);

  /* Both languages stand in the page; the style sheet shows the one of <html lang>. */
  gisplan.text = function (text) {
    if (text.ja === text.en) return document.createTextNode(text.ja);
    const both = element("span", "");
    for (const language of ["ja", "en"]) {
      const one = element("span", "t", text[language]);
      one.lang = language;
      both.append(one);
    }
    return both;
  };

  gisplan.attribute = function (target, name, text) {
    target.setAttribute("data-" + name + "-ja", text.ja);
    target.setAttribute("data-" + name + "-en", text.en);
    target.setAttribute(name, text[gisplan.language()]);
  };

  gisplan.translate = function () {
    const language = gisplan.language();
    for (const name of ["aria-label", "placeholder", "title", "alt"]) {
      for (const found of document.querySelectorAll("[data-" + name + "-ja]")) {
        found.setAttribute(name, found.getAttribute("data-" + name + "-" + language));
      }
    }
    for (const found of document.querySelectorAll("[data-text-ja]")) found.textContent = found.getAttribute("data-text-" + language);
    document.title = document.documentElement.getAttribute("data-title-" + language) || document.title;
  };

  gisplan.picture = function (size, ...shapes) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("width", size);
    svg.setAttribute("height", size);
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("focusable", "false");
    for (const [tag, attributes, text] of shapes) {
      const shape = document.createElementNS(SVG, tag);
      for (const name in attributes) shape.setAttribute(name, attributes[name]);
      if (text) shape.textContent = text;
      svg.append(shape);
    }
    return svg;
  };

  /* ---- shapes of points ---- */

  const HOUSE = [[0, -1.25], [1.2, -0.15], [0.85, -0.15], [0.85, 1], [-0.85, 1], [-0.85, -0.15], [-1.2, -0.15]];
  const DIAMOND = [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]];
  const SQUARE = [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]];
  const TRIANGLE = [[0, -1.2], [1.15, 0.9], [-1.15, 0.9]];
  const OUTLINES = { house: HOUSE, site: DIAMOND, square: SQUARE, triangle: TRIANGLE };
  gisplan.outlines = OUTLINES;

  const Mark = L.CircleMarker.extend({
    _updatePath() {
      const outline = OUTLINES[this.options.symbol];
      const renderer = this._renderer;
      if (!outline || !renderer._ctx) return L.CircleMarker.prototype._updatePath.call(this);
      if (!renderer._drawing || this._empty()) return undefined;
      const context = renderer._ctx, centre = this._point, radius = this._radius;
      context.beginPath();
      outline.forEach(([x, y], at) => context[at ? "lineTo" : "moveTo"](centre.x + x * radius, centre.y + y * radius));
      context.closePath();
      return renderer._fillStroke(context, this);
    },
  });

  const STAR = "M12 4.2l2.1 4.5 4.9.6-3.6 3.4.9 4.9-4.3-2.4-4.3 2.4.9-4.9L5 9.3l4.9-.6z";
  const BROAD = "M12 .8l3.3 6.9 7.6 1-5.5 5.3 1.4 7.6-6.8-3.7-6.8 3.7 1.4-7.6L1.1 8.7l7.6-1z";
  const PIN = "M12 0.8C6.6 0.8 2.4 4.9 2.4 10.1 2.4 16.6 12 23.4 12 23.4s9.6-6.8 9.6-13.3C21.6 4.9 17.4.8 12 .8z";

  gisplan.sign = function (set, at, size) {
    const colour = set.colour(at);
    if (set.symbol === "hub") {
      return gisplan.picture(
        size,
        ["path", { d: PIN, fill: colour, stroke: "#fff", "stroke-width": "1.4" }],
        ["path", { d: STAR, fill: "#fff", transform: "translate(2.9 1.9) scale(.76)" }]
      );
    }
    if (set.symbol === "chosen") {
      const rank = String(set.sign(at));
      return gisplan.picture(
        size,
        ["path", { d: BROAD, fill: colour, stroke: "#fff", "stroke-width": "3", "stroke-linejoin": "round" }],
        ["path", { d: BROAD, fill: colour, stroke: "#1c2b30", "stroke-width": "1.1", "stroke-linejoin": "round" }],
        ["text", { x: "12", y: "15.9", "text-anchor": "middle", "font-size": rank.length > 1 ? "7.6" : "9.4", "font-weight": "700",
          "font-family": "Arial, Helvetica, sans-serif", fill: "#fff", stroke: "#1c2b30", "stroke-width": "1.4", "paint-order": "stroke" }, rank]
      );
    }
    const said = String(set.sign(at) || "IC");
    return gisplan.picture(
      size,
      ["rect", { x: "1", y: "4", width: "22", height: "16", rx: "3.5", fill: colour, stroke: "#fff", "stroke-width": "1.6" }],
      ["text", { x: "12", y: "15.6", "text-anchor": "middle", "font-size": said.length > 2 ? "8.6" : "10.5",
        "font-weight": "700", "font-family": "Arial, Helvetica, sans-serif", fill: "#fff" }, said]
    );
  };

  /* ---- a layer read from its block ---- */

  gisplan.LayerSet = class {
    constructor(block) {
      this.block = block;
      this.symbol = block.look.symbol;
      this.signs = ["hub", "interchange", "chosen"].includes(this.symbol);
      this.land = this.symbol === "land";
      this.features = [];
      this.labels = [];
      this.group = L.layerGroup();
      this.on = false;
    }

    value(column, at) {
      const held = this.block.columns[column];
      if (!held) return null;
      const value = held.d ? held.d[held.i[at]] : held.v[at];
      return value === undefined ? null : value;
    }

    name(at) {
      const name = this.value("name", at);
      return name === null ? "" : String(name);
    }

    /* The name as it is called, which may say more in each language. */
    called(at) {
      return this.said("name", at) || { ja: "", en: "" };
    }

    id(at) {
      const id = this.value("id", at);
      return id === null ? "" : String(id);
    }

    of(at) {
      return this.block.classes[this.block.at[at]] || null;
    }

    colour(at) {
      const found = this.of(at);
      return found ? found.colour : this.block.style.colour;
    }

    sign(at) {
      return this.block.look.texts[String(this.value(this.block.look.text, at))] || "";
    }

    anchor(at) {
      const held = this.block.anchors;
      return held.length ? L.latLng(held[2 * at + 1] / 1e6, held[2 * at] / 1e6) : null;
    }

    /* The feature of a row, where something of it is drawn. */
    feature(at) {
      return this.features.find((one) => one.at === at) || null;
    }

    /* The rows that have an id. */
    withId(id) {
      return this.features.filter((one) => this.id(one.at) === id).map((one) => one.at);
    }

    /* Says a value as text, or null where the data say nothing. */
    said(column, at) {
      const value = this.value(column, at);
      if (value === null) return null;
      const labels = this.block.labels[column];
      if (labels && Object.hasOwn(labels, String(value))) return labels[String(value)];
      if (value === "") return null;
      if (typeof value === "number" && this.block.percent.includes(column)) {
        const share = (Math.round(value * 1000) / 10).toFixed(1) + " %";
        return { ja: share, en: share };
      }
      if (value === true) return gisplan.words.yes;
      if (value === false) return gisplan.words.no;
      return { ja: gisplan.figure(value), en: gisplan.figure(value) };
    }

    options(at) {
      return { ...this.drawnAs(this.of(at)), at };
    }

    /* How the features of a class are drawn, null where the layer has none. */
    drawnAs(found) {
      const style = this.block.style;
      const line = found ? found.line : style.line, fill = found ? found.colour : style.colour;
      return {
        symbol: this.symbol, width: style.width * (found ? found.width : 1),
        size: style.radius * (found ? found.radius : 1), line, fill, opacity: style.opacity,
        dash: found && found.dash.length ? found.dash.map((part) => part * Math.max(1.5, style.width * found.width)) : this.block.look.dash,
        hatch: found && found.hatch && !found.dash.length ? { name: found.hatch, ink: found.ink } : null, flat: Boolean(found && found.dash.length),
      };
    }
  };

  gisplan.figure = function (value) {
    if (typeof value !== "number") return String(value);
    const rounded = Math.round(value * 100) / 100;
    return Math.abs(rounded) >= 10000 ? rounded.toLocaleString("en-US") : String(rounded);
  };

  function* shapes(block) {
    const structure = block.structure, numbers = block.coordinates;
    let s = 0, c = 0, x = 0, y = 0;
    const vertex = () => {
      x += numbers[c++];
      y += numbers[c++];
      return L.latLng(y / 1e6, x / 1e6);
    };
    const vertices = () => Array.from({ length: structure[s++] }, vertex);
    for (let at = 0; at < block.count; at++) {
      const kind = block.kinds.length > 1 ? block.kinds[at] : block.kinds[0];
      const parts = structure[s++];
      const made = [];
      for (let part = 0; part < parts; part++) {
        if (kind === POINT) made.push(vertex());
        else if (kind === LINE) made.push(vertices());
        else made.push(Array.from({ length: structure[s++] }, vertices));
      }
      yield [at, kind, made];
    }
  }

  function path(set, at, kind, made, renderer) {
    const own = set.options(at);
    const common = { renderer, set, own, interactive: !set.land, color: own.line, weight: own.width };
    if (kind === LINE) {
      return L.polyline(made, { ...common, color: own.fill, opacity: own.opacity, lineCap: own.flat ? "butt" : "round", lineJoin: "round",
        dashArray: own.dash.length ? own.dash : null });
    }
    if (kind === POLYGON) {
      return L.polygon(made, { ...common, hatch: own.hatch && { ...own.hatch, full: own.opacity }, opacity: 0.95, fillColor: set.land ? "#ffffff" : own.fill,
        fillOpacity: set.land ? 1 : own.opacity, dashArray: own.dash.length ? own.dash : null });
    }
    return null;
  }

  function mark(set, at, place, renderer) {
    const own = set.options(at);
    const full = Math.max(0.85, own.opacity);
    return new Mark(place, { renderer, set, own, hatch: own.hatch && { ...own.hatch, full }, symbol: own.symbol, color: "#ffffff", weight: 1, opacity: 0.95,
      fillColor: own.fill, fillOpacity: full, radius: own.size });
  }

  /* Leaflet stacks markers by latitude; the order of the layers counts for more. */
  const RISE = 10000;

  function signAt(set, at, place) {
    const size = Math.round(set.options(at).size * 3.4);
    const bottom = set.symbol === "hub";
    const icon = L.divIcon({ className: "gp-sign", html: gisplan.sign(set, at, size), iconSize: [size, size],
      iconAnchor: [size / 2, bottom ? size : size / 2] });
    const made = L.marker(place, { icon, set, own: { at }, keyboard: true, riseOnHover: true,
      zIndexOffset: RISE * set.block.style.order, riseOffset: RISE * 1000 });
    made.on("add", () => gisplan.attribute(made.getElement(), "aria-label", withSign(gisplan.called(set, at), made.getElement().textContent)));
    return made;
  }

  /* What is written on a sign belongs to its name: who speaks to the page says what is read there. */
  function withSign(called, written) {
    const said = (text) => (text.includes(written) ? text : text + " " + written);
    return { ja: said(called.ja), en: said(called.en) };
  }

  gisplan.called = function (set, at) {
    const title = set.block.title, name = set.name(at) ? set.called(at) : { ja: set.id(at), en: set.id(at) };
    return name.ja ? { ja: title.ja + "：" + name.ja, en: title.en + ": " + name.en } : title;
  };

  /* How far a name stands from the middle of its sign [px]. */
  const ASIDE = { chosen: 16, hub: 13, interchange: 15 };

  function label(set, at, target, place) {
    const name = set.name(at);
    if (!set.block.look.label || !name) return;
    const flat = target instanceof L.Polygon, hub = set.symbol === "hub", aside = ASIDE[set.symbol] || 9;
    const rise = hub ? -16 : 0;
    const tip = L.tooltip({ permanent: true, direction: flat ? "center" : "right", className: "gp-label",
      offset: flat ? [0, 0] : [aside, rise], opacity: 1, interactive: false });
    tip.room = { aside, rise, under: hub ? -4 : aside - 6 };
    tip.setContent(element("span", "", text(set.called(at))));
    tip.at = at;
    tip.around = flat ? target.getBounds() : null;
    set.labels.push(tip);
    if (flat) set.group.addLayer(tip.setLatLng(place));
    else target.bindTooltip(tip);
  }

  gisplan.build = function (set, renderer) {
    set.renderer = renderer;
    for (const [at, kind, made] of shapes(set.block)) {
      const places = kind === POINT ? made : [];
      const drawn = places.map((place) => (set.signs ? signAt(set, at, place) : mark(set, at, place, renderer)));
      if (kind !== POINT && made.length) drawn.push(path(set, at, kind, made, renderer));
      if (kind === POLYGON && set.symbol === "site") drawn.push(mark(set, at, set.anchor(at), renderer));
      drawn.forEach((one) => set.group.addLayer(one));
      if (drawn.length) {
        set.features.push({ at, drawn, bounds: kind === POINT ? L.latLngBounds(made) : drawn[0].getBounds() });
        label(set, at, drawn[0], set.anchor(at));
      }
    }
  };
})();
