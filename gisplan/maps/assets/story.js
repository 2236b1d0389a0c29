/* What a page tells beside its layers, put together: panel, isochrones, divider and chapters know of each other. */
(function () {
  "use strict";
  const gisplan = window.gisplan;

  gisplan.story = function (atlas, story) {
    const reach = gisplan.reach(atlas, story);
    const swipe = gisplan.swipe(atlas, story, reach);
    const dossier = gisplan.dossier(atlas, story);
    const legend = document.querySelector(".gp-legend");
    if (legend) legend.before(...[reach.box, swipe.box].filter(Boolean));
    dossier.chosen = (one) => reach.choose(one.layer, one.row);
    dossier.left = () => reach.choose("", null);
    gisplan.chapters(atlas, story, reach, swipe);
    atlas.story = { reach, swipe, dossier };
  };
})();
