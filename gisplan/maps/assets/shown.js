/* What of a layer is seen: how strongly it is drawn, and which of its features any filter leaves. */
(function () {
  "use strict";
  const gisplan = window.gisplan;

  /* Leaflet's canvas, which fades a layer as a whole and leaves out what a filter leaves out. */
  gisplan.Renderer = gisplan.hatch.Canvas.extend({
    _redraw() {
      if (this._whole) this._redrawBounds = null;
      this._whole = false;
      L.Canvas.prototype._redraw.call(this);
    },

    _updatePoly(layer, closed) {
      if (seen(layer)) L.Canvas.prototype._updatePoly.call(this, layer, closed);
    },

    _updateCircle(layer) {
      if (seen(layer)) L.Canvas.prototype._updateCircle.call(this, layer);
    },

    _fillStroke(context, layer) {
      const faded = layer.options.set ? layer.options.set.faded : 1;
      if (!seen(layer) || faded === 0) return;
      const { opacity, fillOpacity } = layer.options;
      layer.options.opacity = opacity * faded;
      layer.options.fillOpacity = fillOpacity * faded;
      gisplan.hatch.Canvas.prototype._fillStroke.call(this, context, layer);
      layer.options.opacity = opacity;
      layer.options.fillOpacity = fillOpacity;
    },

    /* Draws all of it again at the next frame, however often it is asked for. */
    again() {
      this._whole = true;
      this._redrawRequest = this._redrawRequest || L.Util.requestAnimFrame(this._redraw, this);
    },
  });

  const seen = (layer) => !layer.options.set || layer.options.set.has(layer.options.own.at);

  Object.assign(gisplan.LayerSet.prototype, {
    faded: 1,
    mask: null,

    /* Whether every filter leaves a feature. */
    has(at) {
      return this.mask === null || this.mask[at] === 1;
    },

    /* How many features every filter leaves. */
    left() {
      return this.mask === null ? this.block.count : this.mask.reduce((sum, one) => sum + one, 0);
    },

    /* Draws the layer as a whole fainter: 1 is as it was styled, 0 is nothing. */
    fade(opacity) {
      this.faded = Math.max(0, Math.min(1, opacity));
      for (const feature of this.features) {
        for (const drawn of feature.drawn) if (drawn instanceof L.Marker) drawn.setOpacity(this.faded);
      }
      for (const tip of this.labels) tip.setOpacity(this.faded);
      this.redraw();
    },

    /* Draws, finds and hits only the features whose place in the mask (Uint8Array) is 1; null keeps all. */
    keep(mask) {
      this.mask = mask;
      for (const { at, drawn } of this.features) {
        const has = this.has(at);
        for (const one of drawn) {
          if (one instanceof L.Marker) {
            if (has) this.group.addLayer(one);
            else this.group.removeLayer(one);
          } else one.options.interactive = has && !this.land;
        }
      }
      this.redraw();
    },

    redraw() {
      if (this.renderer && this.renderer._map) this.renderer.again();
    },
  });

  /* Features that all named restrictions leave: `make(set)` returns a mask (Uint8Array) or null for no restriction of
     a layer; null instead of a function takes the restriction back. */
  gisplan.PlanAtlas.prototype.restrict = function (name, make) {
    this.restrictions = this.restrictions || new Map();
    this.restrictions.delete(name);
    if (make) this.restrictions.set(name, new Map(this.listed.map((set) => [set, make(set)]).filter(([, mask]) => mask)));
    for (const set of this.listed) {
      const masks = [...this.restrictions.values()].map((held) => held.get(set)).filter(Boolean);
      if (!masks.length && set.mask === null) continue;
      set.keep(masks.length ? both(masks) : null);
      if (set.counted) set.counted();
    }
    this.tidy();
    this.map.fire("gisplan:restrict", { name });
  };

  function both(masks) {
    return masks[0].map((_, at) => (masks.every((mask) => mask[at]) ? 1 : 0));
  }
})();
