/* The legend that is also the layer switch, the search by name or id, and the start of it all. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  /* ---- swatches ---- */

  function points(outline) {
    return outline.map(([x, y]) => (12 + x * 7).toFixed(1) + "," + (12.6 + y * 7).toFixed(1)).join(" ");
  }

  function swatch(set, style) {
    const { fill, line, opacity, width } = style, kind = set.block.kind;
    if (set.signs) return gisplan.sign({ symbol: set.symbol, colour: () => fill, sign: () => style.text }, 0, 19);
    if (set.block.count === 0 || kind === "raster" || kind === "table") {
      return gisplan.picture(19, ["rect", { x: 3, y: 5, width: 18, height: 14, fill: "none", stroke: "#8a979c", "stroke-dasharray": "2 2" }]);
    }
    if (kind === "line") {
      const drawn = { x1: 2, y1: 12, x2: 22, y2: 12, stroke: fill, "stroke-width": Math.min(6, Math.max(1.6, width * 1.5)), "stroke-linecap": "round" };
      if (style.dash.length) Object.assign(drawn, { "stroke-dasharray": style.dash.map((part) => part * 2).join(" "), "stroke-linecap": "butt" });
      else if (set.block.look.dash.length) drawn["stroke-dasharray"] = "5 4";
      return gisplan.picture(19, ["line", drawn]);
    }
    if (kind === "polygon" && set.symbol !== "site") {
      const land = set.land ? "#ffffff" : fill;
      const drawn = { x: 2.5, y: 5, width: 19, height: 14, rx: 1.5, fill: land, "fill-opacity": set.land ? 1 : Math.max(opacity, 0.02),
        stroke: line, "stroke-width": Math.max(1, Math.min(2.4, width)) };
      if (style.dash.length) drawn["stroke-dasharray"] = style.dash.map((part) => part * 1.6).join(" ");
      else if (set.block.look.dash.length) drawn["stroke-dasharray"] = "4 2.5";
      const hatch = style.dash.length ? [] : gisplan.hatch.swatch(style.hatch, style.ink, drawn);
      return gisplan.picture(19, ["rect", drawn], ...hatch);
    }
    const outline = gisplan.outlines[set.symbol];
    const plain = { fill, stroke: "#fff", "stroke-width": 1 }, badge = gisplan.hatch.badge(style.hatch, style.ink, 12, 12.6, 6.5);
    return outline
      ? gisplan.picture(19, ["polygon", { points: points(outline), ...plain }], ...badge)
      : gisplan.picture(19, ["circle", { cx: 12, cy: 12, r: 6.5, ...plain }], ...badge);
  }

  function classRow(set, found) {
    const style = { fill: found.colour, line: found.line, opacity: set.block.style.opacity,
      width: set.block.style.width * found.width, text: found.sign, hatch: found.hatch, ink: found.ink, dash: found.dash };
    return element("li", "", swatch(set, style), element("span", "gp-name", text(found.title)),
      element("span", "gp-count", found.count.toLocaleString("en-US")));
  }

  /* ---- layers ---- */

  function row(atlas, set) {
    const block = set.block, single = block.classes.length === 0 || !block.look.listed;
    const box = element("input", "");
    box.type = "checkbox";
    box.checked = set.on;
    box.disabled = block.count === 0;
    box.addEventListener("change", () => atlas.turn(set, box.checked));
    set.box = box;
    const style = { fill: block.style.colour, line: block.style.line, opacity: block.style.opacity, width: block.style.width, text: "IC", hatch: "", ink: "", dash: [] };
    const count = block.count ? element("span", "gp-count", block.count.toLocaleString("en-US")) : element("span", "gp-empty", text(gisplan.words.empty));
    const name = element("span", "gp-name", text(block.title));
    const line = element("label", "gp-layer", box, single ? swatch(set, style) : null, name, count);
    const item = element("li", "gp-item", line);
    if (!single) item.append(element("ul", "gp-classes", ...block.classes.map((found) => classRow(set, found))));
    item.classList.toggle("off", !set.on);
    set.item = item;
    return item;
  }

  function legend(atlas) {
    const box = element("div", "gp-legend");
    const groups = new Map();
    for (const set of atlas.listed) {
      const key = set.block.group.ja;
      if (!groups.has(key)) groups.set(key, [set.block.group, []]);
      groups.get(key)[1].push(set);
    }
    for (const [title, sets] of groups.values()) {
      const group = element("fieldset", "gp-group", element("legend", "", text(title)));
      group.append(element("ul", "gp-layers", ...sets.map((set) => row(atlas, set))));
      box.append(group);
    }
    return box;
  }

  /* ---- search ---- */

  const folded = (name) => name.normalize("NFKC").toLowerCase();

  function index(atlas) {
    const seen = new Set(), found = [];
    for (const set of atlas.listed) {
      if (set.land) continue;
      for (const feature of set.features) {
        const key = set.block.name + "\n" + set.name(feature.at);
        // A road of a hundred pieces stands once, and none of them by its id.
        const name = seen.has(key) ? "" : set.name(feature.at);
        const id = set.block.kind === "line" ? "" : set.id(feature.at);
        if (!name && !id) continue;
        seen.add(key);
        found.push({ set, feature, name: folded(name), id: folded(id) });
      }
    }
    return found;
  }

  /* How near an entry is to what was typed: its id, its name, a part of its id; null where it is none of them. */
  function nearness(entry, wanted) {
    if (entry.id === wanted) return 0;
    if (entry.name.includes(wanted)) return 1;
    return entry.id.includes(wanted) ? 2 : null;
  }

  function find(entries, wanted) {
    const hits = entries.map((entry) => ({ ...entry, near: nearness(entry, wanted) })).filter((entry) => entry.near !== null);
    // What is drawn on top is what a plan is about: hubs come before roads.
    return hits.sort((a, b) => a.near - b.near || b.set.block.style.order - a.set.block.style.order);
  }

  function search(atlas) {
    let names = null, hits = [];
    const field = element("input", "gp-query");
    field.type = "search";
    field.autocomplete = "off";
    gisplan.attribute(field, "aria-label", gisplan.words.search);
    gisplan.attribute(field, "placeholder", gisplan.words.search);
    const list = element("ul", "gp-found");
    const status = element("p", "gp-status");
    status.setAttribute("role", "status");
    const look = () => {
      names = names || index(atlas);
      const wanted = folded(field.value.trim());
      hits = wanted ? find(names, wanted) : [];
      list.replaceChildren(...hits.slice(0, 12).map((entry) => result(atlas, entry)));
      if (!wanted) status.replaceChildren();
      else if (hits.length) status.replaceChildren(hits.length + " ", text(gisplan.words.search_found));
      else status.replaceChildren(text(gisplan.words.search_none));
    };
    field.addEventListener("input", look);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && hits.length) atlas.visit(hits[0].set, hits[0].feature);
    });
    return element("div", "gp-search", field, status, list);
  }

  function result(atlas, entry) {
    const { set, feature } = entry, name = set.name(feature.at), id = set.id(feature.at);
    const called = name && entry.near !== 1 ? name + " (" + id + ")" : name || id;
    const button = element("button", "", element("strong", "", called), element("small", "", text(set.block.title)));
    button.type = "button";
    button.addEventListener("click", () => atlas.visit(set, feature));
    return element("li", "", button);
  }

  /* ---- the map ---- */

  const clamp = (low, value, high) => Math.max(low, Math.min(high, value));

  class PlanAtlas {
    constructor(map, sets, home) {
      this.map = map;
      this.listed = sets;
      this.sets = [...sets].sort((a, b) => a.block.style.order - b.block.style.order);
      this.home = home;
      this.credits = null;
    }

    turn(set, on) {
      if (set.on === on || (on && set.block.count === 0)) return;
      set.on = on;
      if (on) {
        set.group.addTo(this.map);
        this.scale([set]);
        // Leaflet draws what comes last on top; the layers above are lifted again, in their order.
        const above = this.sets.slice(this.sets.indexOf(set) + 1).filter((other) => other.on && !other.signs);
        for (const other of above) for (const feature of other.features) feature.drawn.forEach((path) => path.bringToFront());
      } else set.group.remove();
      if (set.box) set.box.checked = on;
      if (set.item) set.item.classList.toggle("off", !on);
      this.say();
      this.tidy();
    }

    /* Of labels that would lie over each other one stays, hubs chosen before areas and areas before points; more zoom brings the others back. */
    tidy() {
      cancelAnimationFrame(this.tidying);
      this.tidying = requestAnimationFrame(() => {
        const kept = [];
        const first = (set) => (set.symbol === "chosen" ? 0 : set.block.kind === "polygon" ? 1 : 2);
        for (const set of [...this.sets].reverse().sort((a, b) => first(a) - first(b))) {
          if (!set.on) continue;
          for (const tip of set.labels) {
            const label = tip.getElement();
            if (!label) continue;
            const box = label.getBoundingClientRect();
            const over = kept.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
            label.classList.toggle("gp-hidden", over);
            if (!over) kept.push(box);
          }
        }
      });
    }

    /* Lines and marks grow with the zoom, so that the whole municipality stays readable. */
    scale(sets) {
      const zoom = this.map.getZoom();
      const wide = clamp(0.5, Math.pow(2, (zoom - 13.6) / 2.8), 2.2);
      const large = clamp(0.5, Math.pow(2, (zoom - 14.4) / 2.6), 1.9);
      for (const set of sets) {
        if (!set.on || set.signs) continue;
        for (const feature of set.features) {
          for (const path of feature.drawn) {
            if (path.setRadius) {
              path.options.weight = large < 0.75 ? 0.5 : 1;
              path.setRadius(path.options.own.size * large);
            }
            else if (path instanceof L.Polyline && !(path instanceof L.Polygon)) path.setStyle({ weight: path.options.own.width * wide });
          }
        }
      }
    }

    reset() {
      this.map.closePopup();
      if (this.home) this.map.fitBounds([[this.home[1], this.home[0]], [this.home[3], this.home[2]]], { paddingTopLeft: [16, 16], paddingBottomRight: [16, 52], animate: false });
    }

    visit(set, feature) {
      this.turn(set, true);
      const place = set.anchor(feature.at) || feature.bounds.getCenter();
      this.map.fitBounds(feature.bounds, { maxZoom: 16, padding: [60, 60], animate: false });
      gisplan.show(this, place, gisplan.together(set, feature));
    }

    say() {
      if (!this.credits) return;
      const said = new Map();
      // The sources of a plan are often several to a layer, and the same for many: each is said once.
      for (const set of this.listed) {
        if (!set.on) continue;
        const { ja, en } = set.block.credit, alike = ja === en;
        for (const one of alike ? ja.split("；") : [ja]) said.set(one, { ja: one, en: alike ? one : en });
      }
      this.credits.replaceChildren(...[...said.values()].map((credit) => element("span", "gp-credit", text(credit))));
      const count = document.getElementById("credits-count"), words = gisplan.words.sources;
      const filled = (language) => words[language].replace("{count}", said.size);
      if (count) count.replaceChildren(text({ ja: filled("ja"), en: filled("en") }));
    }
  }

  function controls(atlas) {
    const map = atlas.map;
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);
    const reset = L.control({ position: "topleft" });
    reset.onAdd = () => {
      const button = element("a", "gp-reset", gisplan.picture(18, ["path", { d: "M3 11l9-8 9 8M6 9v11h12V9", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linejoin": "round" }]));
      button.href = "#";
      button.setAttribute("role", "button");
      gisplan.attribute(button, "aria-label", gisplan.words.reset);
      gisplan.attribute(button, "title", gisplan.words.reset);
      L.DomEvent.on(button, "click", (event) => { L.DomEvent.stop(event); atlas.reset(); });
      return element("div", "leaflet-bar", button);
    };
    reset.addTo(map);
    const north = L.control({ position: "topright" });
    north.onAdd = () => element("div", "gp-north",
      gisplan.picture(22, ["path", { d: "M12 2l6 19-6-4-6 4z", fill: "#24424d" }]), text(gisplan.words.north));
    north.addTo(map);
    const box = map.getContainer();
    const zoom = box.querySelectorAll(".leaflet-control-zoom a");
    [gisplan.words.zoom_in, gisplan.words.zoom_out].forEach((said, at) => {
      if (zoom[at]) ["aria-label", "title"].forEach((name) => gisplan.attribute(zoom[at], name, said));
    });
    box.setAttribute("role", "region");
    gisplan.attribute(box, "aria-label", gisplan.words.map_label);
  }

  function panel(atlas) {
    const place = document.getElementById("gisplan-panel");
    if (place) {
      place.append(search(atlas), legend(atlas));
      return;
    }
    // On a map of the user's own there is no panel beside the map: the legend becomes a control.
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const box = element("div", "gp-panel gp-control", search(atlas), legend(atlas));
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    control.addTo(atlas.map);
  }

  /* Reads the blocks of one map and draws them; `key` ties the blocks to the map. */
  gisplan.start = function (map, key) {
    const read = (name) => [...document.querySelectorAll("script[data-gisplan='" + key + "'][data-part='" + name + "']")].map((found) => JSON.parse(found.textContent));
    const settings = read("settings")[0];
    gisplan.words = settings.words;
    if (!document.documentElement.lang) document.documentElement.lang = settings.language;
    const renderer = gisplan.hatch.canvas({ padding: 0.3, tolerance: 4 });
    const sets = read("layer").map((block) => new gisplan.LayerSet(block));
    const atlas = new PlanAtlas(map, sets, settings.home);
    atlas.reset();
    for (const set of sets) gisplan.build(set, renderer);
    for (const set of atlas.sets) atlas.turn(set, set.block.visible);
    controls(atlas);
    panel(atlas);
    atlas.credits = document.getElementById("gisplan-credits");
    atlas.say();
    gisplan.listen(atlas);
    map.on("zoomend", () => { atlas.scale(atlas.sets); atlas.tidy(); });
    document.addEventListener("keydown", (event) => { if (event.key === "Tab") document.documentElement.classList.add("gp-keys"); });
    document.addEventListener("pointerdown", () => document.documentElement.classList.remove("gp-keys"));
    gisplan.atlas = atlas;
    document.documentElement.classList.add("gp-ready");
    return atlas;
  };
})();
