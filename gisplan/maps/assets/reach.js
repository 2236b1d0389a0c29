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

  gisplan.reach = function (atlas, story) {
    const words = story.words;
    const today = story.reaches.filter((one) => !one.scenario);
    const own = { box: null, minutes: null, place: [0, -1], scenario: "", set: () => {}, choose: () => {}, draw: () => {}, shown: () => [], go: () => {}, clear: () => {}, longest: () => null };
    if (!today.length) return own;
    const sets = new Map(atlas.listed.map((set) => [set.block.name, set]));
    const plain = new Map([...sets].map(([name, set]) => [name, set.block.style.opacity]));
    const mine = new Set();

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
    const slider = element("input", "");
    slider.type = "range";
    slider.min = 0;
    slider.step = 1;
    const ticks = element("div", "gp-ticks");
    ticks.setAttribute("aria-hidden", "true");
    const box = element("input", "");
    box.type = "checkbox";
    const status = element("p", "gp-said");
    status.setAttribute("role", "status");
    const label = (words, control) => element("label", "", element("span", "", text(words)), control);
    own.box = gisplan.section("gp-told-part", words.reach, label(words.reach_place, select),
      label(words.reach_minutes, slider), ticks, element("label", "gp-check", box, element("span", "", text(words.reach_filter))), status);

    own.box.open = false;

    const chosen = () => today[own.place[0]];
    const limit = () => (own.minutes === null ? -1 : chosen().minutes.indexOf(own.minutes));
    /* The isochrones on the map: those of today, and those of the scenario beside it. */
    const drawn = () => (limit() < 0 ? [] : story.reaches.filter((one) => one.layer === chosen().layer && (!one.scenario || one.scenario === own.scenario)));

    /* The number of a place of today among those of a scenario, which may have more of them. */
    const of = (one, place) => (place < 0 || !one.scenario ? place : one.places.findIndex((name) => name.ja === chosen().places[place].ja));

    function rows(one) {
      const [, place] = own.place, id = place < 0 ? null : place;
      if (id === null || !one.each) return id === null || one.places.length === 1 ? [one.united, one.unitedMinutes.map((at) => at <= limit())] : ["", []];
      const other = of(one, id);
      return [one.each, one.eachMinutes.map((at, row) => at <= limit() && one.eachPlaces[row] === other)];
    }

    function within(set) {
      if (!box.checked || limit() < 0) return null;
      const signs = chosen().within[set.block.name];
      if (!signs) return null;
      const asked = own.place[1] < 0 ? signs : [signs[own.place[1]]];
      const mask = new Uint8Array(set.block.count);
      for (const one of asked) for (let at = 0; at < mask.length; at++) if (one.charCodeAt(at) - ZERO <= limit()) mask[at] = 1;
      return mask;
    }

    function say() {
      for (const [at, tick] of [...ticks.children].entries()) tick.classList.toggle("on", at === limit() + 1);
      const time = limit() < 0 ? words.reach_off : { ja: own.minutes + "分", en: own.minutes + " min" };
      gisplan.attribute(slider, "aria-valuetext", time);
      if (limit() < 0) {
        status.replaceChildren(text(words.reach_hidden));
        return;
      }
      const one = chosen(), place = own.place[1] < 0 ? filled({ ja: "{title}（すべて）", en: "{title} (all)" }, { title: one.title }) : one.places[own.place[1]];
      const figure = (value) => (value === null ? words.reach_unknown : { ja: value.toLocaleString("en-US"), en: value.toLocaleString("en-US") });
      const said = (first, found, at) => {
        const counts = found.counts.map(([title, table]) => filled(title, { count: figure(table[at + 1][limit()]) }));
        return { ja: first.ja + counts.map((count) => count.ja).join("、"), en: first.en + counts.map((count) => count.en).join(", ") };
      };
      const parts = [said(filled(words.reach_said, { place, direction: one.direction, minutes: own.minutes }), one, own.place[1])];
      const later = drawn().find((found) => found.scenario), same = later ? of(later, own.place[1]) : -2;
      if (later && (own.place[1] < 0 || same >= 0)) parts.push(said(filled(words.reach_scenario, { name: later.scenario }), later, same));
      if (own.place[1] >= 0 && !rows(one)[0]) parts.push(words.reach_no_shape);
      status.replaceChildren(...parts.map((part) => element("span", "", text(part))));
    }

    own.shown = () => drawn().map((one) => [one, rows(one)[0]]).filter(([, name]) => name);

    own.draw = function () {
      const wanted = new Map(drawn().map(rows).filter(([name]) => name));
      for (const name of [...mine]) {
        if (wanted.has(name)) continue;
        mine.delete(name);
        sets.get(name).block.style.opacity = plain.get(name);
        restyle(sets.get(name));
        atlas.turn(sets.get(name), false);
      }
      for (const name of wanted.keys()) {
        const set = sets.get(name);
        mine.add(name);
        // Outlines keep many places apart; one place alone is filled as all of them together are.
        set.block.style.opacity = own.place[1] < 0 ? plain.get(name) : FILLED;
        restyle(set);
        atlas.turn(set, true);
      }
      atlas.restrict("reach", limit() < 0 ? null : (set) => (wanted.has(set.block.name) ? Uint8Array.from(wanted.get(set.block.name)) : within(set)));
      say();
      atlas.map.fire("gisplan:reach");
    };

    function restyle(set) {
      for (const feature of set.features) {
        for (const path of feature.drawn) {
          if (!path.options.own) continue;
          path.options.own = set.options(feature.at);
          path.options.fillOpacity = path.options.own.opacity;
        }
      }
      set.redraw();
    }

    function scale() {
      const { minutes } = chosen();
      slider.max = minutes.length;
      slider.value = limit() + 1;
      const marks = [words.reach_off, ...minutes.map((value) => ({ ja: value + "分", en: value + " min" }))];
      ticks.replaceChildren(...marks.map((mark, at) => {
        const tick = element("span", "", text(mark));
        tick.addEventListener("click", () => { slider.value = at; moved(); });
        return tick;
      }));
    }

    function moved() {
      const at = Number(slider.value) - 1;
      own.minutes = at < 0 ? null : chosen().minutes[at];
      own.draw();
    }

    own.longest = () => chosen().minutes.at(-1);

    function take(place) {
      own.place = place;
      select.value = place.join(":");
    }

    /* Shows the isochrones of some minutes, null for none, of the place that is chosen, or else of a layer with them. */
    own.set = function (minutes) {
      const has = (one) => one.minutes.includes(minutes);
      if (minutes !== null && !has(chosen()) && today.some(has)) take([today.findIndex(has), -1]);
      own.minutes = minutes;
      if (minutes !== null) own.box.open = true;
      scale();
      own.draw();
    };

    /* Shows a place by its number in the list, where there is such a one. */
    own.go = function (place, minutes) {
      const one = today[place[0]];
      if (!one || place[1] >= one.places.length || !one.minutes.includes(minutes)) return;
      take(place);
      own.set(minutes);
    };

    /* Goes back to no isochrone at all. */
    own.clear = function () {
      take([0, -1]);
      own.set(null);
    };

    /* Chooses a place by its row in its layer; null chooses all. */
    own.choose = function (layer, row) {
      const at = row === null ? own.place[0] : today.findIndex((one) => one.layer === layer && one.at.includes(row));
      if (at < 0) return;
      take([at, row === null ? -1 : today[at].at.indexOf(row)]);
      scale();
      own.draw();
    };

    gisplan.attribute(slider, "aria-label", words.reach_minutes);
    slider.addEventListener("input", moved);
    select.addEventListener("change", () => {
      own.place = select.value.split(":").map(Number);
      if (limit() < 0) own.minutes = null;
      scale();
      own.draw();
    });
    box.addEventListener("change", () => own.draw());
    scale();
    say();
    return own;
  };
})();
