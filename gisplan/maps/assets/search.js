/* The search by name or id. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  const SHOWN = 12;

  const folded = (name) => name.normalize("NFKC").toLowerCase();

  function index(atlas) {
    const seen = new Set(), found = [];
    for (const set of atlas.listed) {
      if (set.land) continue;
      for (const feature of set.features) {
        const key = set.block.name + "\n" + set.name(feature.at);
        // A road of a hundred pieces stands once, and none of them by its id.
        const name = seen.has(key) ? "" : set.name(feature.at);
        const id = set.block.kind === "line" ? "" : set.id(feature.at);
        if (!name && !id) continue;
        seen.add(key);
        found.push({ set, feature, name: folded(name), id: folded(id) });
      }
    }
    return found;
  }

  /* How near an entry is to what was typed: its id, its name, a part of its id; null where it is none of them. */
  function nearness(entry, wanted) {
    if (entry.id === wanted) return 0;
    if (entry.name.includes(wanted)) return 1;
    return entry.id.includes(wanted) ? 2 : null;
  }

  /* What is found: the nearest of it, and how much it is in all. */
  function find(atlas, entries, wanted) {
    const hits = entries.filter(({ set, feature }) => set.has(feature.at)).map((entry) => ({ ...entry, near: nearness(entry, wanted) })).filter((entry) => entry.near !== null);
    // What is drawn on top is what a plan is about: hubs come before roads.
    let count = hits.length;
    for (const set of atlas.listed) {
      if (!set.search || set.land) continue;
      const found = set.search(wanted, nearness, SHOWN);
      hits.push(...found.best.map(([at, near]) => ({ set, feature: set.feature(at), near })));
      count += found.count;
    }
    hits.sort((a, b) => a.near - b.near || b.set.block.style.order - a.set.block.style.order);
    return { hits, count };
  }

  function search(atlas) {
    let names = null, hits = [], count = 0;
    const field = element("input", "gp-query");
    field.type = "search";
    field.autocomplete = "off";
    gisplan.attribute(field, "aria-label", gisplan.words.search);
    gisplan.attribute(field, "placeholder", gisplan.words.search);
    const list = element("ul", "gp-found");
    const status = element("p", "gp-status");
    status.setAttribute("role", "status");
    const look = () => {
      names = names || index(atlas);
      const wanted = folded(field.value.trim());
      ({ hits, count } = wanted ? find(atlas, names, wanted) : { hits: [], count: 0 });
      list.replaceChildren(...hits.slice(0, SHOWN).map((entry) => result(atlas, entry)));
      if (!wanted) status.replaceChildren();
      else if (hits.length) status.replaceChildren(count + " ", text(gisplan.words.search_found));
      else status.replaceChildren(text(gisplan.words.search_none));
    };
    field.addEventListener("input", look);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && hits.length) atlas.visit(hits[0].set, hits[0].feature);
    });
    const box = element("div", "gp-search", field, status, list);
    box.addEventListener("keydown", (event) => walk(event, field, list, look));
    return box;
  }

  /* Arrows go through what was found, Escape begins anew. */
  function walk(event, field, list, look) {
    const places = [field, ...list.querySelectorAll("button")], at = places.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || at < 0) return;
    if (step && places[at + step]) {
      event.preventDefault();
      places[at + step].focus();
    } else if (event.key === "Escape" && field.value) {
      event.stopPropagation(); // or the panel of a phone would close as well
      field.value = "";
      look();
      field.focus();
    }
  }

  function result(atlas, entry) {
    const { set, feature } = entry, name = set.name(feature.at), id = set.id(feature.at);
    const called = name && entry.near !== 1 ? name + " (" + id + ")" : name || id;
    const button = element("button", "", element("strong", "", called), element("small", "", text(set.block.title)));
    button.type = "button";
    button.addEventListener("click", () => atlas.visit(set, feature));
    return element("li", "", button);
  }

  gisplan.search = search;
})();
