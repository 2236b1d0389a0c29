/* Isochrones minute by minute: one slider for the time, all places or one, and what lies within. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const FILLED = 0.65, ZERO = "0".charCodeAt(0);
  const filled = (words, values) => {
    const put = (said, language) => said.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "object" ? values[name][language] : values[name]));
    return { ja: put(words.ja, "ja"), en: put(words.en, "en") };
  };
  gisplan.put = filled;

  const both = (value) => ({ ja: value, en: value });
  const figure = (value, unknown) => (value === null ? unknown : both(value.toLocaleString("en-US")));
  const told = (minutes) => ({ ja: minutes + "分", en: minutes + " min" });

  /* The places to choose from, by layer: "layer:place", -1 for all places of it. */
  function choice(today, words) {
    const select = element("select", "");
    today.forEach((one, at) => {
      const group = element("optgroup", "");
      gisplan.attribute(group, "label", one.title);
      [filled({ ja: "{title}：{all}", en: "{title}: {all}" }, { title: one.title, all: words.reach_all }), ...one.places].forEach((name, place) => {
        const option = element("option", "");
        option.value = at + ":" + (place - 1);
        gisplan.attribute(option, "label", name);
        group.append(option);
      });
      select.append(group);
    });
    return select;
  }

  /* What a reader sets, and what is told of it. */
  function controls(today, words) {
    const select = choice(today, words), slider = element("input", ""), ticks = element("div", "gp-ticks");
    const box = element("input", ""), status = element("p", "gp-said");
    Object.assign(slider, { type: "range", min: 0, step: 1 });
    gisplan.attribute(slider, "aria-label", words.reach_minutes);
    ticks.setAttribute("aria-hidden", "true");
    box.type = "checkbox";
    status.setAttribute("role", "status");
    const label = (said, control) => element("label", "", element("span", "", text(said)), control);
    const section = gisplan.section("gp-told-part", words.reach, label(words.reach_place, select),
      label(words.reach_minutes, slider), ticks, element("label", "gp-check", box, element("span", "", text(words.reach_filter))), status);
    section.open = false;
    return { select, slider, ticks, box, status, section };
  }

  /* The features of a layer whose signs (one text a place) say that they lie within the limit. */
  function within(signs, limit, count) {
    const mask = new Uint8Array(count);
    for (const one of signs) for (let at = 0; at < count; at++) if (one.charCodeAt(at) - ZERO <= limit) mask[at] = 1;
    return mask;
  }

  function restyle(set, opacity) {
    set.block.style.opacity = opacity;
    for (const feature of set.features) {
      for (const path of feature.drawn) {
        if (!path.options.own) continue;
        path.options.own = set.options(feature.at);
        path.options.fillOpacity = path.options.own.opacity;
      }
    }
    set.redraw();
  }

  class Reaches {
    constructor(atlas, story, today) {
      Object.assign(this, { atlas, story, today, words: story.words, minutes: null, place: [0, -1], scenario: "" });
      this.sets = new Map(atlas.listed.map((set) => [set.block.name, set]));
      this.plain = new Map([...this.sets].map(([name, set]) => [name, set.block.style.opacity]));
      this.mine = new Set();
      this.parts = controls(today, story.words);
      this.box = this.parts.section;
      const { select, slider, box } = this.parts;
      slider.addEventListener("input", () => this.moved());
      select.addEventListener("change", () => {
        this.place = select.value.split(":").map(Number);
        if (this.limit() < 0) this.minutes = null;
        this.scale();
        this.draw();
      });
      box.addEventListener("change", () => this.draw());
      this.scale();
      this.say();
    }

    chosen() {
      return this.today[this.place[0]];
    }

    limit() {
      return this.minutes === null ? -1 : this.chosen().minutes.indexOf(this.minutes);
    }

    longest() {
      return this.chosen().minutes.at(-1);
    }

    /* The isochrones on the map: those of today, and those of the scenario beside it. */
    drawn() {
      if (this.limit() < 0) return [];
      return this.story.reaches.filter((one) => one.layer === this.chosen().layer && (!one.scenario || one.scenario === this.scenario));
    }

    shown() {
      return this.drawn().map((one) => [one, this.rows(one)[0]]).filter(([, name]) => name);
    }

    /* The number of a place of today among those of a scenario, which may have more of them. */
    of(one, place) {
      return place < 0 || !one.scenario ? place : one.places.findIndex((name) => name.ja === this.chosen().places[place].ja);
    }

    /* The map layer of what is chosen, and which of its rows are drawn. */
    rows(one) {
      const place = this.place[1], limit = this.limit();
      if (place < 0 || !one.each) return place < 0 || one.places.length === 1 ? [one.united, one.unitedMinutes.map((at) => at <= limit)] : ["", []];
      const other = this.of(one, place);
      return [one.each, one.eachMinutes.map((at, row) => at <= limit && one.eachPlaces[row] === other)];
    }

    within(set) {
      const signs = this.chosen().within[set.block.name], place = this.place[1];
      if (!this.parts.box.checked || this.limit() < 0 || !signs) return null;
      return within(place < 0 ? signs : [signs[place]], this.limit(), set.block.count);
    }

    say() {
      const { ticks, slider, status } = this.parts, limit = this.limit();
      for (const [at, tick] of [...ticks.children].entries()) tick.classList.toggle("on", at === limit + 1);
      gisplan.attribute(slider, "aria-valuetext", limit < 0 ? this.words.reach_off : told(this.minutes));
      if (limit < 0) status.replaceChildren(text(this.words.reach_hidden));
      else status.replaceChildren(...this.said().map((part) => element("span", "", text(part))));
    }

    /* What lies within, today and after the works of the scenario. */
    said() {
      const one = this.chosen(), at = this.place[1], { words } = this;
      const place = at < 0 ? filled({ ja: "{title}（すべて）", en: "{title} (all)" }, { title: one.title }) : one.places[at];
      const found = [this.counted(filled(words.reach_said, { place, direction: one.direction, minutes: this.minutes }), one, at)];
      const later = this.drawn().find((other) => other.scenario), same = later ? this.of(later, at) : -2;
      if (later && (at < 0 || same >= 0)) found.push(this.counted(filled(words.reach_scenario, { name: later.scenario }), later, same));
      if (at >= 0 && !this.rows(one)[0]) found.push(words.reach_no_shape);
      return found;
    }

    counted(first, one, at) {
      const counts = one.counts.map(([title, table]) => filled(title, { count: figure(table[at + 1][this.limit()], this.words.reach_unknown) }));
      return { ja: first.ja + counts.map((count) => count.ja).join("、"), en: first.en + counts.map((count) => count.en).join(", ") };
    }

    draw() {
      const wanted = new Map(this.drawn().map((one) => this.rows(one)).filter(([name]) => name));
      for (const name of [...this.mine].filter((held) => !wanted.has(held))) {
        this.mine.delete(name);
        restyle(this.sets.get(name), this.plain.get(name));
        this.atlas.turn(this.sets.get(name), false);
      }
      for (const name of wanted.keys()) {
        this.mine.add(name);
        // Outlines keep many places apart; one place alone is filled as all of them together are.
        restyle(this.sets.get(name), this.place[1] < 0 ? this.plain.get(name) : FILLED);
        this.atlas.turn(this.sets.get(name), true);
      }
      const mask = (set) => (wanted.has(set.block.name) ? Uint8Array.from(wanted.get(set.block.name)) : this.within(set));
      this.atlas.restrict("reach", this.limit() < 0 ? null : mask);
      this.say();
      this.atlas.map.fire("gisplan:reach");
    }

    scale() {
      const { minutes } = this.chosen(), { slider, ticks } = this.parts;
      slider.max = minutes.length;
      slider.value = this.limit() + 1;
      ticks.replaceChildren(...[this.words.reach_off, ...minutes.map(told)].map((mark, at) => {
        const tick = element("span", "", text(mark));
        tick.addEventListener("click", () => { slider.value = at; this.moved(); });
        return tick;
      }));
    }

    moved() {
      const at = Number(this.parts.slider.value) - 1;
      this.minutes = at < 0 ? null : this.chosen().minutes[at];
      this.draw();
    }

    take(place) {
      this.place = place;
      this.parts.select.value = place.join(":");
    }

    /* Shows the isochrones of some minutes, null for none, of the place that is chosen, or else of a layer with them. */
    set(minutes) {
      const has = (one) => one.minutes.includes(minutes);
      if (minutes !== null && !has(this.chosen()) && this.today.some(has)) this.take([this.today.findIndex(has), -1]);
      this.minutes = minutes;
      if (minutes !== null) this.box.open = true;
      this.scale();
      this.draw();
    }

    /* Shows a place by its number in the list, where there is such a one. */
    go(place, minutes) {
      const one = this.today[place[0]];
      if (!one || place[1] >= one.places.length || !one.minutes.includes(minutes)) return;
      this.take(place);
      this.set(minutes);
    }

    /* Goes back to no isochrone at all. */
    clear() {
      this.take([0, -1]);
      this.set(null);
    }

    /* Chooses a place by its row in its layer; null chooses all. */
    choose(layer, row) {
      const at = row === null ? this.place[0] : this.today.findIndex((one) => one.layer === layer && one.at.includes(row));
      if (at < 0) return;
      this.take([at, row === null ? -1 : this.today[at].at.indexOf(row)]);
      this.scale();
      this.draw();
    }
  }

  /* Stands where a page has no isochrones: nothing is shown, whatever is asked for. */
  const nothing = () => ({ box: null, minutes: null, place: [0, -1], scenario: "", set: () => {}, choose: () => {}, draw: () => {}, shown: () => [],
    go: () => {}, clear: () => {}, longest: () => null });

  gisplan.reach = function (atlas, story) {
    const today = story.reaches.filter((one) => !one.scenario);
    return today.length ? new Reaches(atlas, story, today) : nothing();
  };
})();
