/* What lies under the layers: nothing, or tiles of the Geospatial Information Authority where the plan offers them. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  /* The white land would cover the tiles; its outline stays. */
  function clear(atlas, on) {
    for (const set of atlas.listed) {
      if (!set.land) continue;
      for (const feature of set.features) for (const path of feature.drawn) path.options.fillOpacity = on ? 0 : 1;
      set.redraw();
    }
  }

  function tiles(atlas, chosen) {
    const layer = L.tileLayer(chosen.address, { minZoom: chosen.least, maxNativeZoom: chosen.most, maxZoom: 24, className: "gp-tiles",
      opacity: 0.85, updateWhenIdle: true });
    let came = 0, failed = 0;
    const tell = () => {
      if (failed && !came) gisplan.hint(atlas, gisplan.words.base_missing, { polite: true, stays: true });
      else gisplan.hint(atlas, null);
    };
    layer.on("loading", () => { came = failed = 0; });
    layer.on("tileload", () => { came++; });
    layer.on("tileerror", () => { failed++; });
    layer.on("load", tell);
    return layer;
  }

  function credit(chosen, zoom) {
    const link = element("a", "", "地理院タイル");
    Object.assign(link, { href: chosen.list, target: "_blank", rel: "noopener noreferrer" });
    const more = chosen.also && zoom < chosen.below ? [" ", element("small", "", chosen.also)] : [];
    return element("span", "gp-credit gp-tiles-credit", link, ...more);
  }

  /* Lays a base map under the layers; a name that is not offered leaves all as it is. */
  gisplan.PlanAtlas.prototype.lay = function (name) {
    const chosen = (this.bases || []).find((one) => one.name === name);
    if (!chosen || name === this.base) return;
    if (this.tiles) this.tiles.remove();
    gisplan.hint(this, null);
    this.base = name;
    this.tiles = chosen.address ? tiles(this, chosen).addTo(this.map) : null;
    this.credit = chosen.address ? () => credit(chosen, this.map.getZoom()) : null;
    clear(this, Boolean(chosen.address));
    this.map.getContainer().classList.toggle("gp-based", Boolean(chosen.address));
    for (const box of this.baseBoxes) box.checked = box.value === name;
    this.say();
    this.map.fire("gisplan:base");
  };

  let made = 0;

  /* Returns the part of the panel, where there is something to choose. */
  gisplan.base = function (atlas, bases) {
    atlas.bases = bases;
    atlas.base = "none";
    atlas.baseBoxes = [];
    if (bases.length < 2) return null;
    const name = "gp-base-" + made++;
    const rows = bases.map((one) => {
      const box = element("input", "");
      Object.assign(box, { type: "radio", name, value: one.name, checked: one.name === "none" });
      box.addEventListener("change", () => atlas.lay(one.name));
      atlas.baseBoxes.push(box);
      return element("label", "gp-choice", box, element("span", "", text(one.title)));
    });
    const about = element("p", "gp-about", text(gisplan.words.base_about));
    const list = element("div", "gp-choices", ...rows);
    list.setAttribute("role", "radiogroup");
    gisplan.attribute(list, "aria-label", gisplan.words.base);
    atlas.map.on("zoomend", () => atlas.say());
    return gisplan.section("gp-bases", gisplan.words.base, list, about);
  };
})();
