/* The chapters of a plan: a card on the map with one text at a time; each sets view, layers, minutes and scenario. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  gisplan.chapters = function (atlas, story, { reach, swipe, dossier }) {
    const place = document.getElementById("gisplan-chapters"), words = story.words, all = story.chapters;
    if (!place || !all.length) return;
    const first = new Map(atlas.listed.map((set) => [set, set.on]));
    let at = -1;

    const button = (name, words, deed) => {
      const made = element("button", name, text(words));
      made.type = "button";
      made.addEventListener("click", deed);
      return made;
    };
    const start = button("gp-start", gisplan.put(words.chapters_start, { count: all.length }), () => go(0));
    const card = element("section", "gp-card");
    card.hidden = true;
    gisplan.attribute(card, "aria-label", words.chapters);
    const select = element("select", "");
    gisplan.attribute(select, "aria-label", words.chapters_list);
    all.forEach((chapter, number) => {
      const option = element("option", "");
      option.value = number;
      const numbered = (title) => number + 1 + " / " + all.length + "　" + title;
      gisplan.attribute(option, "label", { ja: numbered(chapter.title.ja), en: numbered(chapter.title.en) });
      select.append(option);
    });
    select.addEventListener("change", () => go(Number(select.value), false));
    const end = button("gp-end", words.chapter_end, leave);
    const told = element("div", "gp-chapter");
    told.setAttribute("aria-live", "polite");
    const back = button("", words.chapter_before, () => go(at - 1, false));
    const next = button("gp-next", words.chapter_next, () => (at + 1 < all.length ? go(at + 1, false) : leave()));
    card.append(element("div", "gp-card-head", select, end), told, element("div", "gp-card-foot", back, next));
    place.append(start, card);
    L.DomEvent.disableClickPropagation(place);
    L.DomEvent.disableScrollPropagation(place);
    card.addEventListener("keydown", (event) => {
      if (event.target === select) return;
      if (event.key === "ArrowRight" && at + 1 < all.length) go(at + 1, false);
      else if (event.key === "ArrowLeft" && at > 0) go(at - 1, false);
      else if (event.key === "Escape") leave();
      else return;
      event.stopPropagation();
    });

    function show(chapter) {
      // The panel of a hub would cover the legend, and is not what the chapter tells of.
      dossier.close();
      swipe.set("");
      reach.clear();
      for (const set of atlas.listed) atlas.turn(set, chapter.layers === null ? first.get(set) : chapter.layers.includes(set.block.name));
      if (chapter.minutes !== null) reach.set(chapter.minutes);
      if (chapter.scenario) swipe.set(chapter.scenario);
      atlas.map.closePopup();
      view(chapter);
    }

    /* The card covers a part of the map: what a chapter shows stands in the rest of it. */
    function view(chapter) {
      const size = atlas.map.getSize(), wide = size.x > 640;
      const covered = wide ? [Math.min(400, size.x * 0.4), 20] : [16, 16];
      const below = wide ? [20, 56] : [16, Math.min(card.offsetHeight + 40, size.y * 0.55)];
      if (chapter.box) {
        const [west, south, east, north] = chapter.box;
        atlas.map.fitBounds([[south, west], [north, east]], { paddingTopLeft: covered, paddingBottomRight: below, maxZoom: 16, animate: false });
      } else if (chapter.centre) atlas.map.setView(chapter.centre.slice(0, 2), chapter.centre[2], { animate: false });
      else if (atlas.home) {
        const [west, south, east, north] = atlas.home;
        atlas.map.fitBounds([[south, west], [north, east]], { paddingTopLeft: covered, paddingBottomRight: below, animate: false });
      }
    }

    function go(to, focus = true) {
      at = to;
      const chapter = all[at];
      card.hidden = false;
      start.hidden = true;
      select.value = at;
      const note = chapter.note.ja ? element("p", "gp-fine", text(chapter.note)) : null;
      told.replaceChildren(element("h2", "", text(chapter.title)), element("p", "", text(chapter.text)));
      if (note) told.append(note);
      told.scrollTop = 0;
      back.disabled = at === 0;
      next.replaceChildren(text(at + 1 < all.length ? words.chapter_next : words.chapter_end));
      show(chapter);
      if (focus) next.focus({ preventScroll: true });
    }

    function leave() {
      card.hidden = true;
      start.hidden = false;
      dossier.close();
      swipe.set("");
      reach.clear();
      for (const [set, on] of first) atlas.turn(set, on);
      atlas.reset();
      start.focus({ preventScroll: true });
    }
  };
})();
