/* What a page tells beside its layers, put together: panel, isochrones, divider and chapters know of each other. */
(function () {
  "use strict";
  const gisplan = window.gisplan;

  /* What the link to a view says of the story: minutes and place of the isochrones, and the scenario. */
  function links(atlas, reach, swipe, dossier) {
    atlas.map.on("gisplan:hear", dossier.close);
    gisplan.inLink("r", () => (reach.minutes === null ? "" : reach.place.join(":") + "@" + reach.minutes), (said) => {
      const found = /^(\d{1,3}):(-1|\d{1,4})@(\d{1,4}(?:\.\d{1,4})?)$/.exec(said);
      if (found) reach.go([Number(found[1]), Number(found[2])], Number(found[3]));
    }, () => reach.clear());
    gisplan.inLink("s", () => encodeURIComponent(swipe.scenario), (said) => swipe.set(gisplan.decoded(said)), () => swipe.set(""));
  }

  gisplan.story = function (atlas, story) {
    const reach = gisplan.reach(atlas, story);
    const swipe = gisplan.swipe(atlas, story, reach);
    const dossier = gisplan.dossier(atlas, story);
    const boxes = [reach.box, swipe.box].filter(Boolean);
    const search = document.querySelector("#gisplan-panel .gp-search"), place = document.getElementById("gisplan-story");
    if (search) search.after(...boxes);
    else if (place) place.append(...boxes);
    dossier.chosen = (one) => reach.choose(one.layer, one.row);
    dossier.left = () => reach.choose("", null);
    gisplan.chapters(atlas, story, { reach, swipe, dossier });
    if (gisplan.inLink) links(atlas, reach, swipe, dossier);
    atlas.story = { reach, swipe, dossier };
  };
})();
