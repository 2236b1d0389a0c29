/* Starts the layers on tiles of a map; where a browser is too old for them it says so, for an empty map would lie. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  gisplan.canvas.notice = function (map, words) {
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => {
      const box = element("p", "gp-notice", text(words));
      box.setAttribute("role", "alert");
      return box;
    };
    return control.addTo(map);
  };

  /* Reads and draws every layer on tiles; afterwards all of them can be asked about. */
  gisplan.canvas.begin = async function (atlas) {
    const sets = atlas.sets.filter((set) => set.block.tiles);
    if (!sets.length) return;
    if (!gisplan.canvas.able) {
      gisplan.canvas.notice(atlas.map, gisplan.words.old_browser);
      return;
    }
    await Promise.all(sets.map((set) => set.build(atlas.map, { pane: set.pane })));
    if (!window.matchMedia || window.matchMedia("(hover: hover)").matches) gisplan.canvas.hover(atlas);
    atlas.tidy();
  };
})();
