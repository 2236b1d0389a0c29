/* The rows of every layer as tables below those of the results, made when they are opened, of what the map holds. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const STEP = 200, MISSING = { ja: "—", en: "—" };
  const PIN = [["path", { d: "M12 2a7 7 0 00-7 7c0 5 7 13 7 13s7-8 7-13a7 7 0 00-7-7zm0 4.5a2.5 2.5 0 110 5 2.5 2.5 0 010-5z", fill: "currentColor" }]];

  /* Whether a column holds numbers that are said as numbers. */
  function numeric(set, column) {
    const held = set.block.columns[column];
    if (set.block.labels[column]) return false;
    return Boolean(held.numbers) || (held.d || held.v).every((value) => value === null || typeof value === "number");
  }

  /* What stands in a column: its title, whether it holds numbers, and what it says of a row. */
  function columns(set) {
    const { block } = set, popup = new Map(block.popup), held = (name) => Object.hasOwn(block.columns, name);
    const some = (name) => { for (let at = 0; at < block.count; at++) if (set.said(name, at) !== null) return true; return false; };
    const column = (name, title) => {
      const none = block.optional.includes(name) || name === "name" ? MISSING : gisplan.words.not_given;
      return { title, number: numeric(set, name), say: (at) => set.said(name, at) || none };
    };
    const first = [["name", gisplan.words.layer_name], ["id", gisplan.words.layer_id]].filter(([name]) => held(name) && some(name));
    const made = first.map(([name, title]) => column(name, popup.get(name) || title));
    if (block.classes.length && !popup.has(block.by)) {
      made.push({ title: gisplan.words.filter_class, number: false, say: (at) => set.of(at).title });
    }
    for (const [name, title] of popup) if (name !== "name" && name !== "id") made.push(column(name, title));
    return made;
  }

  /* Whether something of a row is drawn, so that the map can show it. */
  function placed(set) {
    if (set.block.tiles) return (at) => set.boundsOf(at).isValid();
    const drawn = new Set(set.features.map(({ at }) => at));
    return (at) => drawn.has(at);
  }

  function visit(atlas, set, at) {
    atlas.visit(set, set.feature(at));
    document.getElementById("map").scrollIntoView();
    const told = atlas.map.getContainer().querySelector(".gp-popup");
    if (!told) return;
    told.tabIndex = -1;
    told.focus({ preventScroll: true });
  }

  function lines(atlas, set, made) {
    const seen = placed(set);
    return (at) => {
      const line = element("tr", "");
      made.forEach(({ number, say }, place) => {
        const said = say(at), cell = element(place ? "td" : "th", number ? "n" : "", text(said));
        line.append(cell);
        if (place) return;
        cell.scope = "row";
        if (!seen(at)) return;
        const called = gisplan.words.layer_visit, show = gisplan.button("gp-visit",
          { ja: called.ja.replace("{name}", () => said.ja), en: called.en.replace("{name}", () => said.en) }, PIN);
        show.addEventListener("click", () => visit(atlas, set, at));
        cell.prepend(show);
      });
      return line;
    };
  }

  /* The class of a column by its first texts, as `shell.WIDTHS`: a narrow one would break them every few signs. */
  function width({ number, say }, count) {
    if (number) return "n";
    let longest = 0;
    for (let at = 0; at < Math.min(count, STEP); at++) longest = Math.max(longest, say(at).ja.length, say(at).en.length / 2);
    return longest > 30 ? "w" : longest > 5 ? "m" : "";
  }

  function fill(atlas, set, details) {
    const made = columns(set), count = set.block.count, heads = made.map((one) => {
      const head = element("th", width(one, count), text(one.title));
      head.scope = "col";
      return head;
    });
    const box = element("div", "scroll", element("table", "", element("thead", "", element("tr", "", ...heads)), element("tbody", "")));
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    gisplan.attribute(box, "aria-label", set.block.title);
    details.append(box);
    if (count > STEP) {
      const more = element("button", "more rows-more", text(gisplan.words.more)), told = element("span", "shown");
      more.type = "button";
      told.setAttribute("role", "status");
      details.append(element("p", "step", more, " ", told));
    }
    gisplan.twin(details, { heads, count, numbers: made.map(({ number }) => number), line: lines(atlas, set, made),
      title: (column, language) => made[column].title[language], say: (at, column, language) => made[column].say(at)[language] });
  }

  /* One table per layer that tells something of its features and that the browser can read, the topmost first. */
  gisplan.layerTables = function (atlas) {
    const place = document.getElementById("layer-tables");
    Object.assign(gisplan.words, JSON.parse(place.textContent));
    const sets = [...atlas.listed].sort((a, b) => b.block.style.order - a.block.style.order);
    for (const set of sets) {
      const { name, title, count, popup, tiles } = set.block;
      if (!count || !popup.length || (tiles && !set.shape)) continue;
      const rows = element("span", "rows", count.toLocaleString("en-US") + " ", text(gisplan.words.rows));
      const details = element("details", "gp-layer-table", element("summary", "", element("h4", "", text(title)), " ", rows));
      details.dataset.name = "layer_" + name;
      details.addEventListener("toggle", () => {
        if (details.open && !details.dataset.made) {
          details.dataset.made = "yes";
          fill(atlas, set, details);
        }
        gisplan.clamp(details);
      });
      place.parentElement.append(details);
    }
  };
})();
