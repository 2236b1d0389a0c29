/* Tiles of one layer, painted a piece at a time: a page never spends more than a part of a frame on them. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const SIDE = 512, A_FRAME = 12, MOVED = 6; // milliseconds of a frame of 16 that painting may take
  const OPENING = 50; // milliseconds of a frame while nothing is there that anybody could move
  const LATE = 30; // milliseconds after the frame before: then a single piece is painted
  const SHARPEST = 2;

  /* One queue for all layers of all maps of the page. */
  const queue = { jobs: [], asked: false, read: 0, last: 0, opening: true, told: false };

  /* Tells the queue of a layer that is still to be read. */
  gisplan.canvas.expect = function (promise) {
    queue.read++;
    return promise.finally(() => { queue.read--; ask(); });
  };

  function work(now) {
    queue.asked = false;
    // What is drawn by a frame is put into pixels after it, which no clock here sees but by the next frame being late.
    const begun = performance.now(), late = now - queue.last > LATE;
    queue.last = now;
    while (queue.jobs.length) {
      const job = queue.jobs[0];
      step(job);
      const most = queue.opening ? OPENING : late ? 0 : job.layer.moving() ? MOVED : A_FRAME;
      if (performance.now() - begun >= most) break;
    }
    if (queue.jobs.length) ask();
    else if (!queue.read) {
      queue.opening = false;
      document.documentElement.classList.add("gp-painted"); // all of the page is there
    }
  }

  /* A job that fails is over too: one tile less, and not all that come after it. */
  function step(job) {
    let over = true;
    try {
      over = job.gone || job.steps.next().done;
    } catch (fault) {
      if (!queue.told) console.error(fault); // what one tile stumbles over, many may
      queue.told = true;
    }
    if (!over) return;
    queue.jobs.shift();
    job.over();
  }

  /* Paints all that waits at once, for paper waits for no frame. */
  gisplan.canvas.finish = function (map) {
    while (queue.jobs.length) step(queue.jobs[0]);
    gisplan.canvas.labels(map).draw();
  };

  function ask() {
    if (queue.asked) return;
    queue.asked = true;
    requestAnimationFrame(work);
  }

  function show(tile, picture) {
    const context = tile.getContext("2d");
    context.globalCompositeOperation = "copy";
    context.drawImage(picture, 0, 0);
  }

  gisplan.canvas.Tiles = L.GridLayer.extend({
    options: { tileSize: SIDE, updateWhenZooming: false, keepBuffer: 1 },

    initialize(set, options) {
      L.setOptions(this, options);
      this.set = set;
      this.waiting = 0;
    },

    /* Whether the map is moving just now, which is what the eye follows. */
    moving() {
      const map = this._map;
      return Boolean(map && (map._animatingZoom || (map.dragging && map.dragging.moving && map.dragging.moving())));
    },

    createTile(coords, done) {
      const tile = document.createElement("canvas"), ratio = this.ratio();
      tile.width = tile.height = SIDE * ratio;
      tile.setAttribute("aria-hidden", "true");
      tile.coords = coords;
      this.queue(tile, ratio, () => done(null, tile));
      return tile;
    },

    ratio() {
      return Math.min(SHARPEST, Math.max(1, Math.ceil(window.devicePixelRatio || 1)));
    },

    /* Paints a tile when its turn comes; one that shows something already is changed at once when all is ready. */
    queue(tile, ratio, done) {
      const before = tile.job, first = before ? before.first : Boolean(done);
      if (before) before.gone = true;
      const target = first ? tile : document.createElement("canvas"), over = before && first ? before.done : done;
      target.width = target.height = tile.width; // which also empties it
      const steps = gisplan.canvas.paint(target.getContext("2d"), this.set, tile.coords, SIDE, ratio);
      const job = { layer: this, gone: false, steps, first, done: over };
      job.over = () => {
        this.waiting--;
        if (!job.gone) {
          tile.job = null;
          if (first) over();
          else show(tile, target);
        }
        if (!this.waiting) this.fire("painted");
      };
      tile.job = job;
      this.waiting++;
      queue.jobs.push(job);
      ask();
    },

    /* Paints every tile again, after a filter. */
    repaint() {
      for (const { el } of Object.values(this._tiles || {})) this.queue(el, this.ratio(), null);
    },

    /* A map may stand between two whole zooms; its tiles are drawn for that zoom, not stretched. */
    _setView(centre, zoom, noPrune, noUpdate) {
      const least = this.options.minZoom, most = this.options.maxZoom;
      const hidden = (most !== undefined && zoom > most) || (least !== undefined && zoom < least);
      if (!noUpdate) {
        this._tileZoom = hidden ? undefined : zoom;
        if (this._abortLoading) this._abortLoading();
        this._updateLevels();
        this._resetGrid();
        if (this._tileZoom !== undefined) this._update(centre);
        if (!noPrune) this._pruneTiles();
        this._noPrune = Boolean(noPrune);
      }
      this._setZoomTransforms(centre, zoom);
    },

    /* Old tiles stay until the new ones of the view are there. */
    _pruneTiles() {
      if (!this._map) return;
      const tiles = Object.entries(this._tiles), zoom = this._tileZoom;
      const waits = tiles.some(([, { current, coords, loaded }]) => current && coords.z === zoom && !loaded);
      for (const [key, tile] of tiles) {
        if (zoom === undefined || (!tile.current && !(waits && tile.loaded && tile.coords.z !== zoom))) this._removeTile(key);
      }
    },

    /* Pictures that fade in one by one cost a frame each, and show nothing more. */
    _tileReady(...told) {
      const map = this._map;
      if (!map) return;
      const fades = map._fadeAnimated;
      map._fadeAnimated = false;
      L.GridLayer.prototype._tileReady.apply(this, told);
      map._fadeAnimated = fades;
    },

    _removeTile(key) {
      const tile = this._tiles[key];
      if (tile && tile.el.job) tile.el.job.gone = true;
      L.GridLayer.prototype._removeTile.call(this, key);
    },
  });
})();
