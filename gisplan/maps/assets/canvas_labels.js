/* Names beside the features of layers on tiles: as many as there is room for, the larger areas first. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const HEIGHT = 645; // above marks, below popups
  const FONT = "700 12.5px system-ui, 'Hiragino Sans', 'Yu Gothic UI', 'Meiryo', 'Noto Sans CJK JP', sans-serif";
  const LINE = 16, GAP = 3, MOST = 300, CROWD = 1500, LONGEST = 40;
  const LEAST = 24, ROOM = 2.2; // an area is named from so many pixels on, where its name is not far wider than it
  const CELL = 64;

  /* Boxes that are taken, in squares: a new one is compared with its neighbours alone. */
  class Taken {
    constructor() {
      this.cells = new Map();
    }

    *keys({ left, top, right, bottom }) {
      for (let y = Math.floor(top / CELL); y <= Math.floor(bottom / CELL); y++) {
        for (let x = Math.floor(left / CELL); x <= Math.floor(right / CELL); x++) yield x + " " + y;
      }
    }

    free(box) {
      const over = (other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
      for (const key of this.keys(box)) if ((this.cells.get(key) || []).some(over)) return false;
      return true;
    }

    add(box) {
      for (const key of this.keys(box)) this.cells.set(key, [...(this.cells.get(key) || []), box]);
    }
  }

  const cut = (name) => (name.length > LONGEST ? name.slice(0, LONGEST - 1) + "…" : name);

  const Labels = L.Layer.extend({
    initialize() {
      this.sets = [];
    },

    onAdd(map) {
      const pane = map.getPane("gisplan-labels") || map.createPane("gisplan-labels");
      pane.style.zIndex = HEIGHT;
      pane.style.pointerEvents = "none";
      this.canvas = L.DomUtil.create("canvas", "gp-labels leaflet-zoom-hide", pane);
      this.canvas.setAttribute("aria-hidden", "true");
      this.watch = new MutationObserver(() => this.later());
      this.watch.observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
      this.later();
    },

    onRemove() {
      this.watch.disconnect();
      this.canvas.remove();
    },

    getEvents() {
      return { moveend: this.later, resize: this.later };
    },

    take(set) {
      this.sets.push(set);
      set.group.on("add remove", () => this.later());
      this.later();
    },

    /* The labels that are elements of the page are placed at the next frame; these come after them. */
    later() {
      cancelAnimationFrame(this.asked);
      this.asked = requestAnimationFrame(() => { this.asked = requestAnimationFrame(() => this.draw()); });
    },

    draw() {
      const map = this._map;
      if (!map) return;
      const size = map.getSize(), ratio = Math.min(2, window.devicePixelRatio || 1), context = this.canvas.getContext("2d");
      this.canvas.width = size.x * ratio;
      this.canvas.height = size.y * ratio;
      this.canvas.style.width = size.x + "px";
      this.canvas.style.height = size.y + "px";
      L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
      context.scale(ratio, ratio);
      Object.assign(context, { font: FONT, textBaseline: "middle", lineJoin: "round", lineWidth: 3.5 });
      const taken = this.elements(map);
      let left = MOST;
      for (const set of [...this.sets].sort((a, b) => b.block.style.order - a.block.style.order)) {
        if (set.on && map.hasLayer(set.group) && set.faded > 0) left = this.write(context, set, taken, left);
      }
    },

    /* The boxes of labels and signs that are elements of the page. */
    elements(map) {
      const taken = new Taken(), { left, top } = map.getContainer().getBoundingClientRect();
      for (const label of map.getContainer().querySelectorAll(".gp-label:not(.gp-hidden), .gp-sign")) {
        const box = label.getBoundingClientRect();
        taken.add({ left: box.left - left, top: box.top - top, right: box.right - left, bottom: box.bottom - top });
      }
      return taken;
    },

    write(context, set, taken, most) {
      let left = most;
      const said = new Set();
      for (const { at, x, y, wide, aside } of candidates(set, this._map)) {
        if (!left) break;
        const name = cut(set.called(at)[gisplan.language()]);
        if (!name || (set.block.family === "lines" && said.has(name))) continue;
        const width = context.measureText(name).width, from = aside ? x + aside : x - width / 2;
        if (wide && width > ROOM * wide) continue;
        const box = { left: from - GAP, top: y - LINE / 2, right: from + width + GAP, bottom: y + LINE / 2 };
        if (!taken.free(box)) continue;
        taken.add(box);
        said.add(name);
        context.globalAlpha = set.faded;
        context.strokeStyle = "rgba(255, 255, 255, .92)";
        context.strokeText(name, from, y);
        context.fillStyle = "#16262d";
        context.fillText(name, from, y);
        left--;
      }
      return left;
    },
  });

  /* Where the names of what is in view would stand, in the order in which they are given room. */
  function candidates(set, map) {
    const nw = map.containerPointToLatLng([0, 0]), start = gisplan.canvas.place(nw), size = map.getSize();
    const scale = (256 * 2 ** map.getZoom()) / gisplan.canvas.WORLD;
    const box = { west: start.x, north: start.y, east: start.x + size.x / scale, south: start.y + size.y / scale };
    const at = (x, y) => ({ x: (x - box.west) * scale, y: (y - box.north) * scale });
    return set.bounds ? shapes(set, box, scale, at) : points(set, box, at, set.radius(map.getZoom()) + GAP);
  }

  function points(set, { west, north, east, south }, at, aside) {
    const { x, y, owner } = set.shape, stretches = [...set.index.stretches({ west, north, east, south })];
    if (stretches.reduce((sum, [from, to]) => sum + to - from, 0) > 4 * CROWD) return [];
    const found = [];
    for (const [from, to] of stretches) {
      for (let point = from; point < to; point++) {
        const feature = owner ? owner[point] : point;
        if (x[point] < west || x[point] > east || y[point] < north || y[point] > south || !set.drawn(feature)) continue;
        found.push({ at: feature, ...at(x[point], y[point]), aside });
      }
    }
    // Where nearly every name would lie over another, none is read.
    return found.length > CROWD ? [] : found.sort((one, other) => one.at - other.at);
  }

  function shapes(set, box, scale, at) {
    const areas = set.block.family === "areas", found = new Map();
    for (const run of set.index.within(box)) {
      const feature = set.shape.owner[run];
      if (found.has(feature) || !set.drawn(feature)) continue;
      const [west, north, east, south] = set.bounds.subarray(4 * feature, 4 * feature + 4);
      const wide = (east - west) * scale, size = Math.max(wide, (south - north) * scale);
      if (size < LEAST) continue;
      const where = at(set.anchors[0][feature], set.anchors[1][feature]);
      found.set(feature, { at: feature, ...where, wide: areas ? wide : 0, size });
    }
    return [...found.values()].sort((one, other) => other.size - one.size || one.at - other.at);
  }

  const held = new WeakMap();

  /* The labels of a map; the first layer that has some makes them. */
  gisplan.canvas.labels = function (map) {
    if (!held.has(map)) held.set(map, new Labels().addTo(map));
    return held.get(map);
  };

  gisplan.canvas.labelled = function (set) {
    const map = set.tiles._map;
    if (map && held.has(map)) held.get(map).later();
  };
})();
