/* The tool that measures: places set by click, tap or Enter, with the length of the way and the area it closes. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const INK = "#b3003c";

  function metres(value) {
    if (!Number.isFinite(value)) return "—";
    return value < 1000 ? value.toFixed(1) + " m" : (value / 1000).toFixed(value < 100000 ? 3 : 1) + " km";
  }

  function square(value) {
    const plain = (number, digits) => number.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    if (value < 10000) return plain(value, 1) + " m²";
    return value < 1e7 ? plain(value / 10000, 3) + " ha" : plain(value / 1e6, 3) + " km²";
  }

  class Measure {
    constructor(atlas) {
      const map = atlas.map;
      this.atlas = atlas;
      this.places = [];
      map.createPane("gisplan-measure").style.zIndex = 640;
      const renderer = L.svg({ pane: "gisplan-measure" }), common = { renderer, pane: "gisplan-measure", interactive: false, color: INK };
      this.face = L.polygon([], { ...common, stroke: false, fillOpacity: 0.1 });
      this.line = L.polyline([], { ...common, weight: 2.5 });
      this.dots = L.layerGroup();
      this.dot = (place) => L.circleMarker(place, { ...common, radius: 4.5, weight: 2, fillColor: "#fff", fillOpacity: 1 });
      this.drawn = L.layerGroup([this.face, this.line, this.dots]);
      this.button = gisplan.tool(atlas, "gp-measure", gisplan.words.measure, gisplan.icons.measure);
      this.button.setAttribute("aria-pressed", "false");
      this.button.addEventListener("click", () => this.turn(!atlas.pointing));
      this.box = this.panel();
      map.getContainer().append(this.box);
      map.on("click", (event) => { if (atlas.pointing) this.add(event.latlng); });
      document.addEventListener("keydown", (event) => this.key(event));
    }

    panel() {
      this.told = element("p", "gp-told");
      this.told.setAttribute("role", "status");
      const act = (said, run) => {
        const button = element("button", "gp-plain", text(said));
        button.type = "button";
        button.addEventListener("click", run);
        return button;
      };
      const words = gisplan.words;
      this.back = act(words.measure_back, () => this.undo());
      this.clearing = act(words.measure_clear, () => this.clear());
      const box = element("div", "gp-measuring", this.told, element("p", "gp-about", text(words.measure_about)),
        element("div", "gp-buttons", this.back, this.clearing, act(words.measure_end, () => { this.turn(false); this.button.focus(); })));
      box.hidden = true;
      L.DomEvent.disableClickPropagation(box);
      return box;
    }

    turn(on) {
      const { atlas } = this, map = atlas.map;
      atlas.pointing = on ? (place) => this.add(place) : null;
      this.button.setAttribute("aria-pressed", String(on));
      this.box.hidden = !on;
      map.getContainer().classList.toggle("gp-pointing", on);
      map.closePopup();
      if (on) {
        this.zooms = map.doubleClickZoom.enabled();
        map.doubleClickZoom.disable();
        this.drawn.addTo(map);
      } else {
        if (this.zooms) map.doubleClickZoom.enable();
        this.drawn.remove();
      }
      this.clear();
    }

    add(place) {
      const last = this.places[this.places.length - 1];
      if (last && last.equals(place)) return; // the second click of a double click
      this.places.push(L.latLng(place));
      this.show();
    }

    undo() {
      this.places.pop();
      this.show();
    }

    clear() {
      this.places = [];
      this.show();
    }

    key(event) {
      if (!this.atlas.pointing) return;
      if (event.key === "Escape") {
        if (this.places.length) this.clear();
        else {
          this.turn(false);
          this.button.focus();
        }
      } else if (event.target === this.atlas.map.getContainer()) {
        if (event.key === "Enter") this.add(this.atlas.map.getCenter());
        if (event.key === "Backspace") this.undo();
      }
    }

    figures() {
      const { length, area } = gisplan.geodesy, places = this.places;
      const way = places.slice(1).reduce((sum, place, at) => sum + length(places[at], place), 0);
      return { way, area: places.length > 2 ? area(places) : null };
    }

    show() {
      const { places } = this, words = gisplan.words, { way, area } = this.figures();
      this.line.setLatLngs(places);
      this.face.setLatLngs(area === null ? [] : places);
      this.dots.clearLayers();
      for (const place of places) this.dots.addLayer(this.dot(place));
      this.back.disabled = this.clearing.disabled = !places.length;
      const said = area === null ? gisplan.filled(words.measure_way, { way: metres(way) })
        : gisplan.filled(words.measure_area, { way: metres(way), area: square(area) });
      this.told.replaceChildren(text(places.length < 2 ? words.measure_start : said));
    }
  }

  gisplan.measure = (atlas) => new Measure(atlas);
})();
