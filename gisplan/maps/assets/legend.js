/* The legend that is also the layer switch. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  /* ---- swatches ---- */

  function points(outline) {
    return outline.map(([x, y]) => (12 + x * 7).toFixed(1) + "," + (12.6 + y * 7).toFixed(1)).join(" ");
  }

  function swatch(set, style) {
    const { fill, line, opacity, width } = style, kind = set.block.kind;
    if (set.signs) return gisplan.sign({ symbol: set.symbol, colour: () => fill, sign: () => style.text }, 0, 19);
    if (set.block.count === 0 || kind === "raster" || kind === "table") {
      return gisplan.picture(19, ["rect", { x: 3, y: 5, width: 18, height: 14, fill: "none", stroke: "#8a979c", "stroke-dasharray": "2 2" }]);
    }
    if (kind === "line") {
      const drawn = { x1: 2, y1: 12, x2: 22, y2: 12, stroke: fill, "stroke-width": Math.min(6, Math.max(1.6, width * 1.5)), "stroke-linecap": "round" };
      if (style.dash.length) Object.assign(drawn, { "stroke-dasharray": style.dash.map((part) => part * 2).join(" "), "stroke-linecap": "butt" });
      else if (set.block.look.dash.length) drawn["stroke-dasharray"] = "5 4";
      return gisplan.picture(19, ["line", drawn]);
    }
    if (kind === "polygon" && set.symbol !== "site") {
      const land = set.land ? "#ffffff" : fill;
      const drawn = { x: 2.5, y: 5, width: 19, height: 14, rx: 1.5, fill: land, "fill-opacity": set.land ? 1 : Math.max(opacity, 0.02),
        stroke: line, "stroke-width": Math.max(1, Math.min(2.4, width)) };
      if (style.dash.length) drawn["stroke-dasharray"] = style.dash.map((part) => part * 1.6).join(" ");
      else if (set.block.look.dash.length) drawn["stroke-dasharray"] = "4 2.5";
      const hatch = style.dash.length ? [] : gisplan.hatch.swatch(style.hatch, style.ink, drawn);
      return gisplan.picture(19, ["rect", drawn], ...hatch);
    }
    const outline = gisplan.outlines[set.symbol];
    const plain = { fill, stroke: "#fff", "stroke-width": 1 }, badge = gisplan.hatch.badge(style.hatch, style.ink, 12, 12.6, 6.5);
    return outline
      ? gisplan.picture(19, ["polygon", { points: points(outline), ...plain }], ...badge)
      : gisplan.picture(19, ["circle", { cx: 12, cy: 12, r: 6.5, ...plain }], ...badge);
  }

  function classRow(set, found) {
    const style = { fill: found.colour, line: found.line, opacity: set.block.style.opacity,
      width: set.block.style.width * found.width, text: found.sign, hatch: found.hatch, ink: found.ink, dash: found.dash };
    const count = element("span", "gp-count", found.count.toLocaleString("en-US"));
    return [element("li", "", swatch(set, style), element("span", "gp-name", text(found.title)), count), count];
  }

  /* ---- layers ---- */

  const plain = (number) => number.toLocaleString("en-US");
  const ofAll = (left, all) => (left === all ? plain(all) : plain(left) + " / " + plain(all));

  function row(atlas, set) {
    const block = set.block, single = block.classes.length === 0 || !block.look.listed;
    const box = element("input", "");
    box.type = "checkbox";
    box.checked = set.on;
    box.disabled = block.count === 0;
    box.addEventListener("change", () => atlas.turn(set, box.checked));
    set.box = box;
    const style = { fill: block.style.colour, line: block.style.line, opacity: block.style.opacity, width: block.style.width, text: "IC", hatch: "", ink: "", dash: [] };
    const count = block.count ? element("span", "gp-count", block.count.toLocaleString("en-US")) : element("span", "gp-empty", text(gisplan.words.empty));
    const name = element("span", "gp-name", text(block.title));
    const line = element("label", "gp-layer", box, single ? swatch(set, style) : null, name, count);
    const item = element("li", "gp-item", element("div", "gp-row", line, ...fading(atlas, set)));
    const classes = single ? [] : block.classes.map((found) => classRow(set, found));
    if (!single) item.append(element("ul", "gp-classes", ...classes.map(([line]) => line)));
    set.counted = () => {
      count.textContent = ofAll(set.left(), block.count);
      const left = new Array(classes.length).fill(0);
      for (let at = 0; at < block.count; at++) if (set.has(at) && block.at[at] in left) left[block.at[at]]++;
      classes.forEach(([, told], at) => { told.textContent = ofAll(left[at], block.classes[at].count); });
    };
    item.classList.toggle("off", !set.on);
    set.item = item;
    return item;
  }

  /* How strongly a layer is drawn: a slider that is one button away, for a legend is read more often than it is set. */
  function fading(atlas, set) {
    if (set.block.count === 0) return [];
    const words = gisplan.words, title = set.block.title;
    const called = { ja: title.ja + "の" + words.strength.ja, en: words.strength.en + " of " + title.en };
    const slider = element("input", ""), told = element("output", "", "100 %");
    Object.assign(slider, { type: "range", min: 0, max: 100, step: 5, value: 100 });
    gisplan.attribute(slider, "aria-label", called);
    const box = element("div", "gp-fade", text(words.strength), slider, told);
    const button = gisplan.button("gp-fader", called, gisplan.icons.strength);
    box.hidden = true;
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => gisplan.fold(button, box));
    slider.addEventListener("input", () => atlas.fade(set, slider.value / 100));
    set.faintness = () => {
      slider.value = Math.round(set.faded * 100);
      told.textContent = slider.value + " %";
      button.classList.toggle("gp-set", set.faded < 1);
    };
    return [button, box];
  }

  function head(atlas, title, sets, list) {
    const fold = element("button", "gp-fold", element("span", "", text(title)));
    const count = element("span", "gp-count");
    fold.type = "button";
    fold.append(count);
    fold.addEventListener("click", () => gisplan.fold(fold, list));
    const usable = sets.filter((set) => set.block.count > 0);
    const turn = (said, on) => {
      const button = element("button", "gp-turn", text(said));
      button.type = "button";
      gisplan.attribute(button, "aria-label", { ja: title.ja + "：" + said.ja, en: title.en + ": " + said.en });
      button.addEventListener("click", () => usable.forEach((set) => atlas.turn(set, on)));
      return button;
    };
    const open = sets.some((set) => set.on);
    fold.setAttribute("aria-expanded", String(open));
    list.hidden = !open;
    const tell = () => { count.textContent = usable.filter((set) => set.on).length + " / " + usable.length; };
    tell();
    atlas.map.on("gisplan:turn", tell);
    const both = usable.length > 1 ? [turn(gisplan.words.all, true), turn(gisplan.words.none, false)] : [];
    return element("div", "gp-head-line", fold, ...both);
  }

  function legend(atlas) {
    const box = element("div", "gp-legend");
    const groups = new Map();
    // What lies on top of the map stands at the top of the legend.
    for (const set of [...atlas.listed].sort((a, b) => b.block.style.order - a.block.style.order)) {
      const key = set.block.group.ja;
      if (!groups.has(key)) groups.set(key, [set.block.group, []]);
      groups.get(key)[1].push(set);
    }
    for (const [title, sets] of groups.values()) {
      const list = element("ul", "gp-layers", ...sets.map((set) => row(atlas, set)));
      const group = element("div", "gp-group", head(atlas, title, sets, list), list);
      group.setAttribute("role", "group");
      gisplan.attribute(group, "aria-label", title);
      box.append(group);
    }
    return box;
  }

  gisplan.legend = legend;
})();
