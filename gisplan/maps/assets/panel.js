/* The side panel, the buttons on the map, and the start of it all. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

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
      place.append(gisplan.search(atlas), gisplan.legend(atlas));
      return;
    }
    // On a map of the user's own there is no panel beside the map: the legend becomes a control.
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const box = element("div", "gp-panel gp-control", gisplan.search(atlas), gisplan.legend(atlas));
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
    const renderer = new gisplan.Renderer({ padding: 0.3, tolerance: 4 });
    const sets = read("layer").map((block) => new gisplan.LayerSet(block));
    const atlas = new gisplan.PlanAtlas(map, sets, settings.home);
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
