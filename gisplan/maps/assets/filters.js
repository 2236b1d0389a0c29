/* The filters: classes that are left out and ranges of minutes, of any layer that has them in its data block. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const MOST_CLASSES = 15, FEWEST_FEATURES = 4, LONGEST = 40, FIRST = 4;
  const MINUTES = /(^|_)minutes(_|$)/;
  const FOREMOST = ["minutes_to_hub", "judged_verdict", "verdict", "consent", "source"];

  /* ---- what can be asked of a layer ---- */

  function title(set, column) {
    const found = set.block.popup.find(([name]) => name === column);
    return found ? found[1] : null;
  }

  /* Classes by their value; what is missing and what is empty are both called not given. */
  function classes(set, column) {
    const places = new Map(), of = new Uint16Array(set.block.count), choices = [];
    for (let at = 0; at < set.block.count; at++) {
      const said = column === null ? null : set.said(column, at);
      const value = column === null ? set.block.at[at] : set.value(column, at);
      const key = column !== null && said === null ? "" : String(value);
      if (!places.has(key)) {
        if (choices.length === MOST_CLASSES) return null;
        const called = column === null ? set.of(at).title : said || gisplan.words.not_given;
        places.set(key, choices.length);
        choices.push({ key, called, count: 0, colour: column === null || column === set.block.by ? set.colour(at) : null });
      }
      of[at] = places.get(key);
      choices[of[at]].count++;
    }
    const long = choices.some(({ called }) => called.ja.length > LONGEST);
    const telling = choices.length > 1 && !long && (choices.length * 2 <= set.block.count || set.block.labels[column]);
    return telling ? { kind: "classes", set, column, of, choices, out: new Set() } : null;
  }

  function range(set, column) {
    let low = Infinity, high = -Infinity, missing = 0;
    for (let at = 0; at < set.block.count; at++) {
      const value = set.value(column, at);
      if (typeof value !== "number") missing++;
      else [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    [low, high] = [Math.floor(low), Math.ceil(high)];
    return high > low ? { kind: "range", set, column, low, high, least: low, most: high, missing, with: false } : null;
  }

  function questions(set) {
    const { count, columns, by, labels } = set.block;
    if (set.land || count < FEWEST_FEATURES) return [];
    const names = Object.keys(columns).filter((column) => column !== "name" && column !== "id" && title(set, column));
    const foremost = (column) => { const at = FOREMOST.indexOf(column); return at < 0 ? FOREMOST.length : at; };
    names.sort((a, b) => foremost(a) - foremost(b));
    const asked = names.map((column) => ({ title: title(set, column),
      ...(MINUTES.test(column) && !labels[column] ? range(set, column) : classes(set, column)) })).filter((one) => one.kind);
    if (set.block.classes.length > 1 && !Object.hasOwn(columns, by)) {
      const own = classes(set, null);
      if (own) asked.unshift({ title: gisplan.words.filter_class, ...own });
    }
    return asked;
  }

  const narrows = (one) => (one.kind === "range" ? one.low > one.least || one.high < one.most : one.out.size > 0);

  function keeps(one, at) {
    if (one.kind === "classes") return !one.out.has(one.choices[one.of[at]].key);
    const value = one.set.value(one.column, at);
    return typeof value === "number" ? value >= one.low && value <= one.high : one.with;
  }

  function mask(asked) {
    const active = asked.filter(narrows);
    if (!active.length) return null;
    return Uint8Array.from({ length: active[0].set.block.count }, (_, at) => (active.every((one) => keeps(one, at)) ? 1 : 0));
  }

  /* ---- what is shown of it ---- */

  function box(kind, checked, ...said) {
    const made = element("input", "");
    made.type = kind;
    made.checked = checked;
    return [made, element("label", "gp-choice", made, ...said)];
  }

  function chosen(one, change) {
    const rows = one.choices.map((choice) => {
      const chip = choice.colour ? element("span", "gp-chip") : null;
      if (chip) chip.style.background = choice.colour;
      const [input, label] = box("checkbox", true, chip, element("span", "gp-name", text(choice.called)),
        element("span", "gp-count", choice.count.toLocaleString("en-US")));
      input.addEventListener("change", () => {
        if (input.checked) one.out.delete(choice.key);
        else one.out.add(choice.key);
        change(one.set);
      });
      choice.input = input;
      return label;
    });
    one.shown = () => one.choices.forEach((choice) => { choice.input.checked = !one.out.has(choice.key); });
    return rows;
  }

  function ranged(one, change) {
    const told = element("output", "gp-range");
    const slider = (name, said) => {
      const input = element("input", "");
      Object.assign(input, { type: "range", min: one.least, max: one.most, step: 1, value: one[name] });
      gisplan.attribute(input, "aria-label", { ja: one.title.ja + "：" + said.ja, en: one.title.en + ": " + said.en });
      input.addEventListener("input", () => {
        one[name] = Number(input.value);
        if (name === "low") one.high = Math.max(one.high, one.low);
        else one.low = Math.min(one.low, one.high);
        one.shown();
        change(one.set);
      });
      return input;
    };
    const low = slider("low", gisplan.words.at_least), high = slider("high", gisplan.words.at_most);
    const [input, label] = box("checkbox", one.with, text(gisplan.filled(gisplan.words.with_missing, { count: one.missing })));
    input.addEventListener("change", () => { one.with = input.checked; change(one.set); });
    one.shown = () => {
      [low.value, high.value, input.checked] = [one.low, one.high, one.with];
      told.replaceChildren(text(gisplan.filled(gisplan.words.minutes_range, { low: one.low, high: one.high })));
    };
    one.shown();
    return [element("div", "gp-sliders", low, high), told, one.missing ? label : null];
  }

  function part(one, change) {
    const made = element("fieldset", "gp-filter", element("legend", "", text(one.title)));
    made.append(...(one.kind === "range" ? ranged(one, change) : chosen(one, change)).filter(Boolean));
    return made;
  }

  function layer(set, asked, change) {
    const first = asked.slice(0, FIRST).map((one) => part(one, change)), others = asked.slice(FIRST).map((one) => part(one, change));
    const rest = others.length ? [element("details", "gp-more-filters", element("summary", "", text(gisplan.words.filter_more)), ...others)] : [];
    const count = element("span", "gp-count");
    const made = element("details", "gp-filters-of", element("summary", "", element("span", "gp-name", text(set.block.title)), count), ...first, ...rest);
    made.tell = () => {
      count.textContent = set.left().toLocaleString("en-US") + " / " + set.block.count.toLocaleString("en-US");
      made.classList.toggle("gp-set", asked.some(narrows));
    };
    return made;
  }

  /* ---- all of it ---- */

  function clear(one) {
    if (one.kind === "classes") one.out.clear();
    else Object.assign(one, { low: one.least, high: one.most, with: false });
    one.shown();
  }

  /* Filters as one text for the link, and back: layer.column:0-15 or layer.column:-value,-value. */
  function written(asked) {
    return asked.filter(narrows).map((one) => {
      const name = encodeURIComponent(one.set.block.name) + "." + encodeURIComponent(one.column === null ? "*" : one.column);
      const said = one.kind === "range" ? one.low + "-" + one.high + (one.with ? "+" : "") : [...one.out].map((key) => "~" + encodeURIComponent(key)).join(",");
      return name + ":" + said;
    }).join(";");
  }

  function read(one, said) {
    const found = /^(\d{1,6})-(\d{1,6})(\+?)$/.exec(said);
    if (one.kind === "range") {
      if (!found) return;
      const [low, high] = [Number(found[1]), Number(found[2])].map((value) => Math.max(one.least, Math.min(one.most, value)));
      if (low <= high) Object.assign(one, { low, high, with: found[3] === "+" });
    } else {
      const keys = said.split(",").filter((key) => key.startsWith("~")).map((key) => gisplan.decoded(key.slice(1)));
      one.choices.filter(({ key }) => keys.includes(key)).forEach(({ key }) => one.out.add(key));
    }
    one.shown();
  }

  gisplan.filters = function (atlas) {
    const sets = [...atlas.listed].sort((a, b) => b.block.style.order - a.block.style.order);
    const held = sets.map((set) => [set, questions(set)]).filter(([, asked]) => asked.length);
    if (!held.length) return null;
    const all = held.flatMap(([, asked]) => asked);
    const status = element("p", "gp-left"), reset = element("button", "gp-plain", text(gisplan.words.filter_reset));
    status.setAttribute("role", "status");
    reset.type = "button";
    const apply = () => atlas.restrict("filters", all.some(narrows) ? (set) => { const found = held.find(([own]) => own === set); return found ? mask(found[1]) : null; } : null);
    let waiting = 0;
    const change = (set) => {
      atlas.turn(set, true);
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(apply);
    };
    const parts = held.map(([set, asked]) => layer(set, asked, change));
    const tell = () => {
      parts.forEach((one) => one.tell());
      const active = held.filter(([, asked]) => asked.some(narrows)).map(([set]) => set);
      reset.hidden = !active.length;
      status.replaceChildren(...active.map((set) => element("span", "", text(gisplan.filled(gisplan.words.filter_left, { left: set.left(), count: set.block.count })), " ", text(set.block.title), " ")),
        ...(active.length ? [element("span", "", text(gisplan.words.filter_tables))] : []));
    };
    reset.addEventListener("click", () => { all.forEach(clear); apply(); section.querySelector("summary").focus(); });
    atlas.map.on("gisplan:restrict", tell);
    const section = gisplan.section("gp-filters", gisplan.words.filters, status, reset, ...parts);
    section.open = false;
    tell();
    gisplan.inLink("f", () => written(all), (said) => {
      all.forEach(clear);
      for (const one of said.split(";")) {
        const [name, value] = one.split(":"), [set, column] = (name || "").split(".").map(gisplan.decoded);
        const found = all.find((asked) => asked.set.block.name === set && (asked.column === null ? "*" : asked.column) === column);
        if (found && value) read(found, value);
      }
      apply();
    });
    return section;
  };
})();
