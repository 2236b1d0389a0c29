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

  /* Classes by their value; what is missing and what is empty are both called not given. Null where there are many. */
  function classes(set, column) {
    const held = column === null ? null : set.block.columns[column];
    if (held && held.d && held.d.length > MOST_CLASSES + 2) return null;
    const raw = column === null ? (at) => set.block.at[at] : held.d ? (at) => held.i[at] : (at) => set.value(column, at);
    const known = new Map(), places = new Map(), of = new Uint8Array(set.block.count), choices = [];
    for (let at = 0; at < set.block.count; at++) {
      const value = raw(at);
      if (!known.has(value)) {
        const choice = choiceOf(set, column, at);
        if (!places.has(choice.key)) {
          if (choices.length === MOST_CLASSES) return null;
          places.set(choice.key, choices.length);
          choices.push(choice);
        }
        known.set(value, places.get(choice.key));
      }
      of[at] = known.get(value);
      choices[of[at]].count++;
    }
    const long = choices.some(({ called }) => called.ja.length > LONGEST);
    const telling = choices.length > 1 && !long && (choices.length * 2 <= set.block.count || set.block.labels[column]);
    return telling ? { kind: "classes", set, column, of, choices, out: new Set() } : null;
  }

  function choiceOf(set, column, at) {
    if (column === null) return { key: String(set.block.at[at]), called: set.of(at).title, count: 0, colour: set.colour(at) };
    const said = set.said(column, at);
    return { key: said === null ? "" : String(set.value(column, at)), called: said || gisplan.words.not_given, count: 0,
      colour: column === set.block.by ? set.colour(at) : null };
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

  class Filters {
    constructor(atlas, section) {
      const sets = [...atlas.listed].sort((a, b) => b.block.style.order - a.block.style.order);
      this.atlas = atlas;
      this.held = new Map(sets.map((set) => [set, questions(set)]).filter(([, asked]) => asked.length));
      this.all = [...this.held.values()].flat();
      this.status = element("p", "gp-left");
      this.status.setAttribute("role", "status");
      this.reset = element("button", "gp-plain", text(gisplan.words.filter_reset));
      this.reset.type = "button";
      this.reset.addEventListener("click", () => {
        this.all.forEach(clear);
        this.apply();
        section.querySelector("summary").focus();
      });
      this.parts = [...this.held].map(([set, asked]) => layer(set, asked, (changed) => this.change(changed)));
      section.append(this.status, this.reset, ...this.parts);
      atlas.map.on("gisplan:restrict", () => this.tell());
      this.tell();
    }

    apply() {
      const make = (set) => (this.held.has(set) ? mask(this.held.get(set)) : null);
      this.atlas.restrict("filters", this.all.some(narrows) ? make : null);
    }

    change(set) {
      this.atlas.turn(set, true);
      cancelAnimationFrame(this.waiting);
      this.waiting = requestAnimationFrame(() => this.apply());
    }

    tell() {
      const words = gisplan.words;
      this.parts.forEach((one) => one.tell());
      const active = [...this.held].filter(([, asked]) => asked.some(narrows)).map(([set]) => set);
      const left = (set) => text(gisplan.filled(words.filter_left, { left: set.left(), count: set.block.count }));
      this.reset.hidden = !active.length;
      this.status.replaceChildren(...active.map((set) => element("span", "", text(set.block.title), " ", left(set), " ")),
        ...(active.length ? [text(words.filter_tables)] : []));
    }

    hear(said) {
      this.all.forEach(clear);
      for (const one of said.split(";")) {
        const [name, value] = one.split(":"), [set, column] = (name || "").split(".").map(gisplan.decoded);
        const found = this.all.find((asked) => asked.set.block.name === set && (asked.column === null ? "*" : asked.column) === column);
        if (found && value) read(found, value);
      }
      this.apply();
    }
  }

  /* The part of the panel; what there is to ask is gathered when a reader or a link first asks for it. */
  gisplan.filters = function (atlas) {
    if (!atlas.listed.some((set) => !set.land && set.block.count >= FEWEST_FEATURES)) return null;
    const section = gisplan.section("gp-filters", gisplan.words.filters);
    let made = null;
    const open = () => { made = made || new Filters(atlas, section); return made; };
    section.open = false;
    section.addEventListener("toggle", open);
    gisplan.inLink("f", () => (made ? written(made.all) : ""), (said) => open().hear(said), () => { if (made) made.hear(""); });
    return section;
  };
})();
