/* Parts of which the controls are made: buttons with a picture, folds, tools on the map. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element } = gisplan;
  const drawn = (d, more) => ["path", { d, fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round", ...more }];

  gisplan.icons = {
    home: [drawn("M3 11l9-8 9 8M6 9v11h12V9")],
    measure: [drawn("M3 16L16 3l5 5L8 21zM8 11l2 2M11 8l2.5 2.5M14 5l2 2M5 14l2.5 2.5")],
    wide: [drawn("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5")],
    narrow: [drawn("M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5")],
    link: [drawn("M10 14a4 4 0 006 .4l3-3a4 4 0 00-5.7-5.7l-1.5 1.5M14 10a4 4 0 00-6-.4l-3 3a4 4 0 005.7 5.7l1.5-1.5")],
    strength: [drawn("M12 3a9 9 0 100 18 9 9 0 000-18z"), ["path", { d: "M12 3a9 9 0 010 18z", fill: "currentColor" }]],
  };

  /* A button that shows a picture and is called by words. */
  gisplan.button = function (name, called, icon) {
    const button = element("button", name, gisplan.picture(18, ...icon));
    button.type = "button";
    gisplan.attribute(button, "aria-label", called);
    gisplan.attribute(button, "title", called);
    return button;
  };

  /* Opens or closes what a button opens. */
  gisplan.fold = function (button, box, open = box.hidden) {
    box.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };

  /* A tool on the map, in one bar below the buttons for the zoom. */
  gisplan.tool = function (atlas, name, called, icon) {
    const button = gisplan.button("gp-tool " + name, called, icon);
    if (!atlas.bar) {
      atlas.bar = element("div", "leaflet-bar gp-bar");
      L.DomEvent.disableClickPropagation(atlas.bar);
      const control = L.control({ position: "topleft" });
      control.onAdd = () => atlas.bar;
      control.addTo(atlas.map);
    }
    atlas.bar.append(button);
    return button;
  };

  /* A part of the panel that opens at its heading. */
  gisplan.section = function (name, title, ...parts) {
    const made = element("details", "gp-section " + name, element("summary", "", element("span", "", gisplan.text(title))), ...parts);
    made.open = true;
    return made;
  };

  /* A sentence on the map that goes by itself, or stays as long as it is true. */
  gisplan.hint = function (atlas, said, { polite = false, stays = false } = {}) {
    const box = atlas.map.getContainer();
    if (!atlas.hinted) {
      atlas.hinted = element("div", "gp-hint");
      box.append(atlas.hinted);
    }
    const hint = atlas.hinted;
    clearTimeout(hint.gisplanTimer);
    hint.toggleAttribute("aria-hidden", !polite);
    if (polite) hint.setAttribute("role", "status");
    else hint.removeAttribute("role");
    hint.replaceChildren(...(said ? [gisplan.text(said)] : []));
    if (said && !stays) hint.gisplanTimer = setTimeout(() => hint.replaceChildren(), 1600);
  };

  /* A word with a figure in it, such as {count}. */
  gisplan.filled = function (said, values) {
    const fill = (text) => text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? values[name] : whole));
    return { ja: fill(said.ja), en: fill(said.en) };
  };
})();
