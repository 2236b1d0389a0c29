/* A layer of many features: it answers like any other `LayerSet`, from packed numbers instead of paths. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { WORLD } = gisplan.canvas;
  const MANY = 20000; // points that would lie over each other in one heap where the whole layer is seen
  const SMALLEST = 0.12, HAND = 4; // pixels that a finger may miss a mark or line by
  const DEEPEST = 20; // at this zoom a step is a pixel

  const place = (latlng) => L.CRS.EPSG3857.latLngToPoint(L.latLng(latlng), DEEPEST);
  const latlng = (x, y) => L.CRS.EPSG3857.pointToLatLng(L.point(x, y), DEEPEST);
  const plainly = (text) => (/^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : text.normalize("NFKC").toLowerCase());

  /* The places of every feature, one after the other, and where those of each begin. */
  function placed(owner, count) {
    const first = new Uint32Array(count + 1), points = new Uint32Array(owner.length);
    for (const feature of owner) first[feature + 1]++;
    for (let feature = 0; feature < count; feature++) first[feature + 1] += first[feature];
    const next = first.slice(0, count);
    owner.forEach((feature, point) => { points[next[feature]++] = point; });
    return { first, points };
  }

  /* The order of the classes in which they are drawn: as the first feature of each stands in the table. */
  function ranks(at, count) {
    const made = new Array(count).fill(null);
    let next = 0;
    for (let feature = 0; next < count && feature < at.length; feature++) if (made[at[feature]] === null) made[at[feature]] = next++;
    return made;
  }

  class CanvasSet extends gisplan.LayerSet {
    constructor(block) {
      super(block);
      this.count = block.count;
      this.columns = {};
      this.sprites = new Map();
      this.shown = null;
      this.classes = null;
      this.shape = null;
      this.tiles = null;
      this.many = block.count > MANY;
    }

    /* Reads the numbers and puts the tiles on the map where the layer is on. */
    build(map, options) {
      return gisplan.canvas.expect(this.made(map, options));
    }

    async made(map, options) {
      const read = await gisplan.canvas.read(this.block);
      const { shape, columns, at, anchors } = read;
      Object.assign(this, { shape, columns, anchors });
      Object.assign(this.block, { at, parts: null, anchors: [], columns });
      this.ranks = ranks(at, this.block.classes.length);
      const points = this.block.family === "points";
      this.index = points ? new gisplan.canvas.PointIndex(shape) : new gisplan.canvas.RunIndex(shape);
      this.bounds = points ? null : gisplan.canvas.around(this.index, shape);
      this.tiles = new gisplan.canvas.Tiles(this, options);
      this.tiles.on("painted", () => this.group.fire("painted"));
      this.fade(this.faded);
      this.group.addLayer(this.tiles);
      if (this.block.look.label) gisplan.canvas.labels(map).take(this);
      return this;
    }

    /* ---- what the painter asks ---- */

    drawn(feature) {
      return this.shown === null || this.shown[feature] === 1;
    }

    kind(feature) {
      return this.block.at.length ? this.block.at[feature] : 0;
    }

    kinds() {
      return [...Array(Math.max(1, this.block.classes.length)).keys()];
    }

    paint(kind) {
      const found = this.block.classes[kind] || null;
      return { ...this.drawnAs(found), radius: found ? found.radius : 1 };
    }

    /* Pixels of a mark at a zoom; a crowd shrinks to single pixels, a few stay marks. */
    radius(zoom) {
      const least = this.many ? SMALLEST : undefined;
      return Math.max(0.5, Math.round(4 * this.block.style.radius * gisplan.growth.marks(zoom, least)) / 4);
    }

    reach(radius) {
      const most = this.block.classes.reduce((found, { radius }) => Math.max(found, radius), 1);
      return Math.ceil(1.3 * radius * most) + 2;
    }

    wide(zoom) {
      return gisplan.growth.lines(zoom);
    }

    /* ---- what the page asks ---- */

    value(column, at) {
      const held = this.columns[column];
      if (!held) return null;
      const found = gisplan.canvas.value(held, at);
      return found === undefined ? null : found;
    }

    anchor(at) {
      if (this.anchors) return latlng(this.anchors[0][at], this.anchors[1][at]);
      const box = this.block.family === "points" ? this.boundsOf(at) : null;
      return box ? box.getCenter() : null;
    }

    boundsOf(at) {
      const found = L.latLngBounds([]);
      if (this.bounds) {
        const [west, north, east, south] = this.bounds.subarray(4 * at, 4 * at + 4);
        if (east >= west) found.extend(latlng(west, north)).extend(latlng(east, south));
      } else for (const point of this.points(at)) found.extend(latlng(this.shape.x[point], this.shape.y[point]));
      return found;
    }

    /* The places of a feature of a layer of points. */
    points(at) {
      const { owner, x } = this.shape;
      if (!owner) return at < x.length ? [at] : [];
      this.placed = this.placed || placed(owner, this.count);
      return this.placed.points.subarray(this.placed.first[at], this.placed.first[at + 1]);
    }

    feature(at) {
      return Number.isInteger(at) && at >= 0 && at < this.count ? { at, drawn: [], bounds: this.boundsOf(at) } : null;
    }

    withId(id) {
      const found = [];
      for (let at = 0; at < this.count; at++) if (this.id(at) === id) found.push(at);
      return found;
    }

    /* Features at a place of the map, the nearest first, as [feature, pixels away]. */
    pick(map, where, pixels) {
      if (!this.shape) return [];
      const step = WORLD / (256 * 2 ** map.getZoom()), { family, style } = this.block, zoom = map.getZoom();
      const own = family === "points" ? this.reach(this.radius(zoom)) - 2 : (style.width * this.wide(zoom)) / 2;
      const reach = pixels === undefined ? own + HAND : pixels;
      const found = gisplan.canvas.pick(this, place(where), reach * step);
      return this.cut && !this.cut(map.latLngToContainerPoint(where).x) ? [] : found.map(([at, steps]) => [at, steps / step]);
    }

    under(map, point) {
      return this.pick(map, map.layerPointToLatLng(point)).map(([at]) => [this, at]);
    }

    /* The features at the very same place, the given one first. */
    together(at) {
      const own = this.boundsOf(at);
      if (!own.isValid()) return [[this, at]];
      const found = new Set([at]);
      if (this.bounds) {
        const box = [...this.bounds.subarray(4 * at, 4 * at + 4)];
        const runs = this.index.within({ west: box[0], north: box[1], east: box[2], south: box[3] });
        const same = (other) => box.every((value, side) => this.bounds[4 * other + side] === value);
        for (const run of runs) if (same(this.shape.owner[run]) && this.drawn(this.shape.owner[run])) found.add(this.shape.owner[run]);
      } else {
        for (const [other] of gisplan.canvas.pick(this, place(own.getCenter()), 0.5)) if (this.boundsOf(other).equals(own)) found.add(other);
      }
      return [...found].map((other) => [this, other]);
    }

    /* ---- search ---- */

    /* A column as search compares it: of a dictionary each value is folded once. */
    folded(column) {
      this.folds = this.folds || {};
      const held = this.columns[column];
      if (!this.folds[column] && held) {
        const fold = (value) => (value === null ? "" : plainly(String(value)));
        this.folds[column] = held.d ? held.d.map(fold) : held.v ? held.v.map(fold) : null;
      }
      const kept = this.folds[column];
      if (!held) return () => "";
      if (!kept) return (at) => { const value = this.value(column, at); return value === null ? "" : String(value); };
      return held.d ? (at) => kept[held.i[at]] : (at) => kept[at];
    }

    /* Features whose id or name holds what is wanted: how many, and the first ones of each nearness as [feature,
       nearness]. A name that is there often stands once. */
    search(wanted, nearness, most) {
      const name = this.folded("name"), id = this.block.kind === "line" ? () => "" : this.folded("id");
      const seen = new Set(), found = [[], [], []];
      let count = 0;
      for (let at = 0; this.shape && at < this.count; at++) {
        if (!this.drawn(at)) continue;
        const called = name(at), own = seen.has(called) ? "" : called;
        const near = nearness({ id: id(at), name: own }, wanted);
        if (own) seen.add(own);
        if (near === null) continue;
        count++;
        if (found[near].length < most) found[near].push([at, near]);
      }
      return { best: found.flat(), count };
    }

    /* ---- what is seen ---- */

    fade(opacity) {
      this.faded = Math.max(0, Math.min(1, opacity));
      if (this.tiles) this.tiles.setOpacity(this.faded);
    }

    keep(mask) {
      this.mask = mask;
      this.restrain();
    }

    /* Draws only the classes whose place in the list (Uint8Array) is 1; null draws all. */
    keepClasses(classes) {
      this.classes = classes;
      this.restrain();
    }

    restrain() {
      const { mask, classes } = this;
      this.shown = mask || classes ? new Uint8Array(this.count) : null;
      for (let at = 0; this.shown && at < this.count; at++) {
        this.shown[at] = (!mask || mask[at]) && (!classes || classes[this.kind(at)]) ? 1 : 0;
      }
      this.redraw();
    }

    /* Draws and hits only what lies left or right of a line; `on` tells whether a place of the map does. */
    clip(map, side, across, on) {
      this.cut = side ? on : null;
      if (!this.tiles || !this.tiles.getContainer()) return;
      const at = side ? map.containerPointToLayerPoint([across, 0]).x : 0, far = 1e6;
      const [from, to] = side === "before" ? [-far, at] : [at, far];
      const edges = [[from, -far], [to, -far], [to, far], [from, far]].map(([x, y]) => x + "px " + y + "px");
      this.tiles.getContainer().style.clipPath = side ? "polygon(" + edges.join(",") + ")" : "";
    }

    redraw() {
      if (!this.tiles) return;
      this.tiles.repaint();
      gisplan.canvas.labelled(this);
    }
  }

  Object.assign(gisplan.canvas, { CanvasSet, place, latlng });
})();
