/* A layer on tiles by itself, on any map of Leaflet: popup, legend and credit. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const shared = new WeakMap();

  /* What the layers of one map share: one popup tells of all that lies at a place. */
  function together(map) {
    if (shared.has(map)) return shared.get(map);
    const atlas = { map, sets: [], listed: [] };
    shared.set(map, atlas);
    map.on("click", (event) => {
      const hits = gisplan.hits(atlas, event.layerPoint);
      if (hits.length) gisplan.show(atlas, event.latlng, hits);
    });
    if (!window.matchMedia || window.matchMedia("(hover: hover)").matches) gisplan.canvas.hover(atlas);
    return atlas;
  }

  function swatch({ kind }, { colour, line, hatch, ink }) {
    const named = hatch || "", box = { x: 2, y: 4, width: 20, height: 16 };
    if (kind === "point") {
      return gisplan.picture(16, ["circle", { cx: 12, cy: 12, r: 8, fill: colour }], ...gisplan.hatch.badge(named, ink, 12, 12, 8));
    }
    if (kind === "line") return gisplan.picture(16, ["path", { d: "M2 12h20", stroke: colour, "stroke-width": 4 }]);
    return gisplan.picture(16, ["rect", { ...box, fill: colour, stroke: line, "stroke-width": 1.5 }], ...gisplan.hatch.swatch(named, ink, box));
  }

  function legend(set) {
    const { block } = set, rows = block.classes.length ? block.classes : [{ ...block.style, title: block.title, count: block.count }];
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const list = element("ul", "gp-classes");
      for (const found of rows) {
        list.append(element("li", "", swatch(block, found), element("span", "gp-name", text(found.title)),
          element("span", "gp-count", found.count.toLocaleString("en-US"))));
      }
      const title = block.classes.length ? element("strong", "", text(block.title)) : null;
      const box = element("div", "gp-panel gp-control gp-key", title, list);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    return control;
  }

  const escaped = (text) => text.replace(/[&<>"']/g, (sign) => "&#" + sign.charCodeAt(0) + ";");

  gisplan.canvas.Layer = L.Layer.extend({
    options: { pane: "overlayPane" },

    initialize(key) {
      const read = (part) => document.querySelector("script[data-gisplan='" + key + "'][data-part='" + part + "']");
      const settings = JSON.parse(read("settings").textContent), data = read("layer");
      gisplan.words = settings.words;
      if (!document.documentElement.lang) document.documentElement.lang = settings.language;
      this.set = new gisplan.canvas.CanvasSet(JSON.parse(data.textContent));
      data.remove(); // the numbers are kept once, and no longer as text
      this.key = legend(this.set);
      this.set.group.on("painted", () => this.fire("painted"));
    },

    /* Leaflet writes an attribution as HTML. */
    getAttribution() {
      return escaped(this.set.block.credit[gisplan.language()]);
    },

    onAdd(map) {
      const atlas = together(map), { set } = this;
      if (!gisplan.canvas.able) {
        this.told = this.told || gisplan.canvas.notice(map, gisplan.words.old_browser);
        return;
      }
      if (!atlas.sets.includes(set)) {
        atlas.sets.push(set);
        atlas.sets.sort((a, b) => a.block.style.order - b.block.style.order);
      }
      set.on = true;
      set.group.addTo(map);
      this.key.addTo(map);
      this.ready = this.ready || set.build(map, { zIndex: set.block.style.order }).then(() => this.fire("ready"));
    },

    onRemove() {
      this.set.on = false;
      this.set.group.remove();
      this.key.remove();
    },

    /* Features at a place, the nearest first, as [feature, pixels away]; `pixels` is how far away they may be. */
    pick(place, pixels) {
      return this.set.pick(this._map, place, pixels);
    },

    /* The value of a column of a feature. */
    value(column, feature) {
      return this.set.value(column, feature);
    },

    /* Draws and finds only the features whose place in the mask (Uint8Array) is 1; null takes all. */
    setMask(mask) {
      this.set.keep(mask);
      return this;
    },

    /* Draws and finds only the classes of the legend whose place in the list (Uint8Array) is 1; null takes all. */
    setClasses(classes) {
      this.set.keepClasses(classes);
      return this;
    },

    setOpacity(opacity) {
      this.set.fade(opacity);
      return this;
    },
  });

  gisplan.canvas.layer = (key) => new gisplan.canvas.Layer(key);
})();
