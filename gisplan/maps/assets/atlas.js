/* The map with its layers: which of them are drawn, and what of them. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  /* ---- the map ---- */

  const CROWD = 300, THIN = 0.75, FAINT = 0.6;
  const clamp = (low, value, high) => Math.max(low, Math.min(high, value));

  /* Lines and marks grow with the zoom, so that the whole municipality stays readable. */
  gisplan.growth = {
    lines: (zoom) => clamp(0.5, Math.pow(2, (zoom - 13.6) / 2.8), 2.2),
    marks: (zoom, least = 0.5) => clamp(least, Math.pow(2, (zoom - 14.4) / 2.6), 1.9),
  };

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
      this.map.fire("gisplan:turn");
    }

    fade(set, opacity) {
      set.fade(opacity);
      if (set.faintness) set.faintness();
      this.map.fire("gisplan:fade");
    }

    tidy() {
      cancelAnimationFrame(this.tidying);
      this.tidying = requestAnimationFrame(() => this.declutter());
    }

    /* Is made in labels.js, which a map without layers does not carry. */
    declutter() {}

    /* Far out a crowd of marks is a texture without edges, and thin lines step back behind those that lead somewhere. */
    scale(sets) {
      const zoom = this.map.getZoom(), wide = gisplan.growth.lines(zoom), large = gisplan.growth.marks(zoom);
      for (const set of sets) {
        if (!set.on || set.signs) continue;
        for (const feature of set.features) {
          for (const path of feature.drawn) {
            if (path.setRadius) {
              const crowd = large < 0.75 && set.block.count > CROWD;
              path.options.weight = crowd ? 0 : large < 0.75 ? 0.5 : 1;
              path.options.fillOpacity = crowd ? 0.7 : Math.max(0.85, path.options.own.opacity);
              path.setRadius(path.options.own.size * large);
            }
            else if (path instanceof L.Polyline && !(path instanceof L.Polygon)) {
              const { width, opacity } = path.options.own;
              path.setStyle({ weight: width * wide, opacity: width * wide < THIN ? opacity * FAINT : opacity });
            }
          }
        }
      }
    }

    /* Whether the map has no room yet, as in a frame that is not laid out: the first view then waits until it has. */
    unseen() {
      const box = this.map.getContainer(), least = 70;
      if (box.clientWidth > least && box.clientHeight > least) return false;
      if (this.waiting) return true;
      const at = this.map.getCenter();
      this.waiting = new ResizeObserver(() => {
        if (box.clientWidth <= least || box.clientHeight <= least) return;
        this.waiting.disconnect();
        this.waiting = null;
        this.map.invalidateSize({ animate: false });
        if (this.map.getCenter().equals(at, 1e-6)) this.reset(); // else a link has chosen another view meanwhile
      });
      this.waiting.observe(box);
      return true;
    }

    reset() {
      this.map.closePopup();
      if (this.home && this.unseen()) return;
      if (this.home) this.map.fitBounds([[this.home[1], this.home[0]], [this.home[3], this.home[2]]], { paddingTopLeft: [16, 16], paddingBottomRight: [16, 52], animate: false });
    }

    /* Tells of a feature where it is, whether or not it is in view. */
    tell(set, feature) {
      this.turn(set, true);
      gisplan.show(this, set.anchor(feature.at) || feature.bounds.getCenter(), gisplan.together(set, feature));
    }

    visit(set, feature) {
      this.turn(set, true);
      this.map.fitBounds(feature.bounds, { maxZoom: 16, padding: [60, 60], animate: false });
      this.tell(set, feature);
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
      this.credits.replaceChildren(...(this.credit ? [this.credit()] : []), ...[...said.values()].map((credit) => element("span", "gp-credit", text(credit))));
      const count = document.getElementById("credits-count"), words = gisplan.words.sources;
      const filled = (language) => words[language].replace("{count}", said.size + (this.credit ? 1 : 0));
      if (count) count.replaceChildren(text({ ja: filled("ja"), en: filled("en") }));
    }
  }

  gisplan.PlanAtlas = PlanAtlas;
})();
