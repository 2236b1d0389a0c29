/* What stands at a place: highlight, hit test, popup. One popup tells of every layer under the pointer. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const MOST = 12, MOST_OF_A_LAYER = 3, MOST_ANSWERS = 8, AT_ONCE = 50;

  function rows(set, at) {
    const table = element("table", "gp-rows");
    const body = element("tbody", "");
    for (const [column, title] of set.block.popup) {
      if (column === "name" || Object.hasOwn(set.block.answers, column)) continue;
      const said = set.said(column, at);
      if (said === null && set.block.optional.includes(column)) continue;
      const head = element("th", "", text(title));
      head.scope = "row";
      const cell = said === null ? element("td", "none", text(gisplan.words.not_given)) : element("td", "", text(said));
      body.append(element("tr", "", head, cell));
    }
    table.append(body);
    return body.childElementCount ? table : null;
  }

  function swatch(set, at) {
    const chip = element("span", "gp-chip");
    chip.style.background = set.colour(at);
    return chip;
  }

  function heading(set, at) {
    const found = set.of(at), name = set.name(at);
    const line = element("span", "gp-what", swatch(set, at), text(set.block.title));
    const id = set.block.kind === "point" ? set.id(at) : "";
    const own = name ? element("strong", "", text(set.called(at))) : id ? element("strong", "", id)
      : found ? element("strong", "", text(found.title)) : null;
    return element("span", "gp-head", line, own, ...answers(set, at));
  }

  /* What was answered about a place stands first, in the colour of the answer. */
  function answers(set, at) {
    return Object.entries(set.block.answers).map(([column, colours]) => {
      const said = set.said(column, at);
      if (said === null) return null;
      const line = element("span", "gp-answer", text(said));
      line.style.borderColor = colours[String(set.value(column, at))] || "#9e9e9e";
      return line;
    });
  }

  function one(set, at, open) {
    const body = rows(set, at);
    if (!body) return element("div", "gp-part", heading(set, at));
    const part = element("details", "gp-part", element("summary", "", heading(set, at)), body);
    part.open = open;
    return part;
  }

  /* Where a hundred houses lie under the finger, the layers below them must still be told of. */
  function fewest(hits) {
    const counts = new Map();
    const few = hits.filter(([set]) => {
      counts.set(set, (counts.get(set) || 0) + 1);
      return counts.get(set) <= (Object.keys(set.block.answers).length ? MOST_ANSWERS : MOST_OF_A_LAYER);
    });
    return few.slice(0, MOST);
  }

  /* What was clicked stands first and open; how much else is there is seen at once, and all of it can be reached. */
  gisplan.content = function (hits) {
    const box = element("div", "gp-popup", one(...hits[0], true));
    if (hits.length === 1) return box;
    const shown = fewest(hits), list = element("div", "gp-others", ...shown.slice(1).map((hit) => one(...hit, false)));
    const under = element("button", "gp-under", text(gisplan.words.also_here), " " + (hits.length - 1));
    under.type = "button";
    under.addEventListener("click", () => { box.scrollTop = list.offsetTop - box.offsetTop - under.offsetHeight; });
    box.append(under, list);
    rest(list, hits.filter((hit) => !shown.includes(hit)));
    return box;
  };

  function rest(list, hits) {
    if (!hits.length) return;
    const more = element("button", "gp-rest", text(gisplan.words.more), " " + hits.length);
    more.type = "button";
    more.addEventListener("click", (event) => {
      event.stopPropagation(); // the button goes away, and the map would take the click for one of its own
      const made = hits.slice(0, AT_ONCE).map((hit) => one(...hit, false));
      more.replaceWith(...made);
      rest(list, hits.slice(AT_ONCE));
      (made[0].querySelector("summary") || list).focus();
    });
    list.append(more);
  }

  function away(paths, point) {
    return Math.min(...paths.map((path) => (path instanceof L.CircleMarker ? path._point.distanceTo(point) : 0)));
  }

  /* Every feature under a point of the screen, the topmost layer first, of its points the nearest. */
  gisplan.hits = function (atlas, point) {
    const found = [];
    for (const set of [...atlas.sets].reverse()) {
      if (!set.on || set.land || set.signs) continue;
      if (set.under) {
        found.push(...set.under(atlas.map, point));
        continue;
      }
      const own = [];
      for (let i = set.features.length - 1; i >= 0; i--) {
        const feature = set.features[i];
        if (!set.has(feature.at)) continue;
        const hit = feature.drawn.filter((path) => path._containsPoint && path._pxBounds && path._containsPoint(point));
        if (hit.length) own.push([away(hit, point), [set, feature.at]]);
      }
      found.push(...own.sort(([one], [other]) => one - other).map(([, hit]) => hit));
    }
    return found;
  };

  /* A feature and the others of its layer at the very same place, such as the parts of one building. */
  gisplan.together = function (set, feature) {
    if (set.under) return set.together(feature.at);
    return set.features.filter((other) => other === feature || (set.has(other.at) && other.bounds.equals(feature.bounds)))
      .sort((a, b) => (b === feature) - (a === feature)).map((other) => [set, other.at]);
  };

  gisplan.show = function (atlas, place, hits) {
    // Beside the buttons where there is room; on a phone they give way to what is told (page.css).
    const beside = window.matchMedia("(max-width: 760px)").matches ? [24, 24] : [64, 58];
    const popup = L.popup({ maxWidth: 340, minWidth: 230, autoPanPaddingTopLeft: beside, autoPanPaddingBottomRight: [24, 24], closeButton: true });
    popup.setLatLng(place).setContent(gisplan.content(hits)).openOn(atlas.map);
    const button = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (button) gisplan.attribute(button, "aria-label", gisplan.words.close);
    atlas.map.fire("gisplan:told", { hits, popup });
    atlas.shown = hits[0];
    popup.on("remove", () => { if (atlas.shown === hits[0]) atlas.shown = null; });
    atlas.map.fire("gisplan:show");
    return popup;
  };

  function highlight(path, on) {
    const own = path.options.own, set = path.options.set;
    if (!own || !path.setStyle || set.land) return;
    const kept = path.gisplanPlain || { weight: path.options.weight, color: path.options.color };
    path.gisplanPlain = on ? kept : undefined;
    path.setStyle(on ? { weight: kept.weight + 1.6, color: "#0b3d4f" } : kept);
  }

  gisplan.listen = function (atlas) {
    const map = atlas.map;
    map.on("click", (event) => {
      if (atlas.pointing) return;
      const hits = gisplan.hits(atlas, event.layerPoint);
      if (hits.length) gisplan.show(atlas, event.latlng, hits);
    });
    const fine = !window.matchMedia || window.matchMedia("(hover: hover)").matches;
    for (const set of atlas.sets) {
      for (const feature of set.features) {
        for (const drawn of feature.drawn) {
          if (set.signs) {
            const open = () => {
              const place = drawn.getLatLng();
              if (atlas.pointing) return atlas.pointing(place);
              return gisplan.show(atlas, place, [...gisplan.together(set, feature), ...gisplan.hits(atlas, map.latLngToLayerPoint(place))]);
            };
            drawn.on("click", open);
            drawn.on("keypress", (event) => {
              if (event.originalEvent.key === "Enter" || event.originalEvent.key === " ") open();
            });
          } else if (fine && !set.land) {
            drawn.on("mouseover", () => highlight(drawn, true));
            drawn.on("mouseout", () => highlight(drawn, false));
          }
        }
      }
    }
  };
})();
