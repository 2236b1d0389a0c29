/* The side panel, the buttons on the map, and the start of it all. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  function controls(atlas) {
    const map = atlas.map;
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);
    gisplan.tool(atlas, "gp-reset", gisplan.words.reset, gisplan.icons.home).addEventListener("click", () => atlas.reset());
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

  /* Beside the map where the page has a place for it; on a map of the user's own a control on the map. */
  function panel(atlas, bases) {
    const legend = gisplan.section("gp-layers-part", gisplan.words.layers, gisplan.legend(atlas));
    const search = gisplan.search(atlas), top = document.getElementById("gisplan-search");
    if (top) top.append(search);
    const parts = [top ? null : search, gisplan.base && gisplan.base(atlas, bases), gisplan.filters(atlas), legend].filter(Boolean);
    const place = document.getElementById("gisplan-panel");
    if (place) {
      place.append(...parts);
      return;
    }
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const box = element("div", "gp-panel gp-control", ...parts);
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
    const sets = read("layer").map((block) => (block.tiles ? new gisplan.canvas.CanvasSet(block) : new gisplan.LayerSet(block)));
    const atlas = new gisplan.PlanAtlas(map, sets, settings.home);
    atlas.reset();
    const floors = gisplan.canvas ? gisplan.canvas.floors(map, atlas.sets) : null;
    for (const set of sets) if (!set.block.tiles) gisplan.build(set, floors ? floors.get(set) : renderer);
    for (const set of atlas.sets) atlas.turn(set, set.block.visible);
    gisplan.atlas = atlas;
    const begin = () => {
      controls(atlas);
      panel(atlas, settings.bases);
      atlas.credits = document.getElementById("gisplan-credits");
      gisplan.listen(atlas);
      gisplan.measure(atlas);
      gisplan.screen(atlas);
      if (settings.bases.length > 1) atlas.lay(settings.bases[0].name);
      atlas.say();
      map.on("zoomend", () => atlas.scale(atlas.sets));
      map.on("moveend resize", () => atlas.tidy()); // a zoom ends with a move, too
      for (const story of read("story")) gisplan.story(atlas, story);
      map.fire("gisplan:ready");
      document.documentElement.classList.add("gp-ready");
    };
    document.addEventListener("keydown", (event) => { if (event.key === "Tab") document.documentElement.classList.add("gp-keys"); });
    document.addEventListener("pointerdown", () => document.documentElement.classList.remove("gp-keys"));
    // Filters and stories ask the layers for their columns, which those on tiles have to read first.
    if (gisplan.canvas) gisplan.canvas.begin(atlas).finally(begin);
    else begin();
    return atlas;
  };
})();
