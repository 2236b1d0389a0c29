/* The panel of a chosen place: verdict, links, who is within reach, programmes. Every word of it stands in a table, too. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const said = (both) => both && (both.ja || both.en);

  function lines(part) {
    const list = element("dl", "gp-lines");
    for (const [title, value] of part.lines) list.append(element("div", "", element("dt", "", text(title)), element("dd", "", text(value))));
    return list;
  }

  function table(part) {
    const head = element("tr", "", ...part.head.map((title) => Object.assign(element("th", "", text(title)), { scope: "col" })));
    const rows = part.rows.map((row) => element("tr", "", ...row.map((value, at) => {
      const cell = element(at ? "td" : "th", "", text(value));
      if (!at) cell.scope = "row";
      return cell;
    })));
    return element("table", "gp-small", element("thead", "", head), element("tbody", "", ...rows));
  }

  function part(one) {
    const box = element("section", "", element("h3", "", text(one.title)));
    if (said(one.answer)) {
      const answer = element("p", "gp-answer", text(one.answer));
      answer.style.borderColor = one.colour || "#9e9e9e";
      box.append(answer);
    }
    if (one.lines.length) box.append(lines(one));
    if (one.rows.length) box.append(table(one));
    if (said(one.note)) box.append(element("p", "gp-fine", text(one.note)));
    return box;
  }

  /* Returns what opens and closes the panel; `chosen` and `left` are called with the place. */
  gisplan.dossier = function (atlas, story) {
    const box = document.getElementById("gisplan-dossier"), side = document.getElementById("side");
    const held = new Map(story.dossiers.map((one) => [one.layer + "\n" + one.row, one]));
    const own = { open: null, close: () => {}, chosen: () => {}, left: () => {} };
    const of = ([set, at]) => held.get(set.block.name + "\n" + at);
    if (!box || !held.size) return own;
    gisplan.attribute(box, "aria-label", story.words.dossier);
    let back = null;

    own.close = function () {
      if (box.hidden) return;
      const inside = box.contains(document.activeElement);
      box.hidden = true;
      box.replaceChildren();
      if (inside && back && back.isConnected) back.focus();
      own.left();
    };

    own.open = function (one, focus) {
      back = document.activeElement;
      const close = element("button", "gp-close", "×");
      close.type = "button";
      gisplan.attribute(close, "aria-label", story.words.close);
      close.addEventListener("click", own.close);
      const set = atlas.listed.find((found) => found.block.name === one.layer);
      const title = element("header", "", element("small", "", text(set.block.title)), element("h2", "", text(one.title)), close);
      box.replaceChildren(title, ...one.parts.map(part));
      box.hidden = false;
      side.scrollTop = 0;
      if (focus) {
        if (!side.classList.contains("open") && getComputedStyle(side).display === "none") document.getElementById("legend-button").click();
        box.focus();
      }
      own.chosen(one);
    };

    /* On a phone the panel lies over the lower part of the map: the place stands above it. */
    function uncover(place) {
      if (getComputedStyle(side).position !== "absolute") return;
      atlas.map.panInside(place, { paddingTopLeft: [64, 64], paddingBottomRight: [24, side.offsetHeight + 16], animate: false });
    }

    box.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); own.close(); } });
    atlas.map.on("gisplan:told", ({ hits, popup }) => {
      const one = of(hits[0]);
      if (!one) return;
      const more = element("button", "gp-more", text(story.words.more));
      more.type = "button";
      more.addEventListener("click", () => {
        atlas.map.closePopup(popup);
        own.open(one, true);
        uncover(popup.getLatLng());
      });
      const head = popup.getElement().querySelector(".gp-part");
      head.open = false;
      head.after(more);
      popup.update();
      // Beside the map there is room for it at once; on a phone it would cover the map, and waits to be asked for.
      if (getComputedStyle(side).display !== "none" && getComputedStyle(side).position !== "absolute") own.open(one, false);
    });
    return own;
  };
})();
