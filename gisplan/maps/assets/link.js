/* The link that brings a reader back to what is seen now: every part of the view stands in the address behind #. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const MOST = 6000, PAUSE = 250;
  const parts = new Map();

  /* A part of the link: `say()` returns its text ("" for nothing to say), `hear(text)` takes it, whatever it may be;
     `unsaid()` is what a link without it means: what an earlier link or the reader has set goes back. */
  gisplan.inLink = (key, say, hear, unsaid) => { parts.set(key, { say, hear, unsaid }); };

  gisplan.decoded = function (said) {
    try {
      return decodeURIComponent(said);
    } catch {
      return "";
    }
  };

  const number = (said) => (/^-?\d{1,3}(\.\d{1,8})?$/.test(said) ? Number(said) : NaN);

  function view(atlas) {
    const map = atlas.map;
    gisplan.inLink("m", () => {
      const centre = map.getCenter();
      return [map.getZoom().toFixed(2), centre.lat.toFixed(6), centre.lng.toFixed(6)].join("/");
    }, (said) => {
      const [zoom, lat, lng] = said.split("/").map(number);
      if (!(zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180)) return;
      map.setView([lat, lng], Math.max(map.getMinZoom(), Math.min(map.getMaxZoom(), zoom)), { animate: false });
    }, () => {});
  }

  const NONE = "-";

  function layers(atlas) {
    const first = new Map(atlas.listed.map((set) => [set, set.on]));
    const named = (name) => atlas.listed.find((set) => set.block.name === name);
    gisplan.inLink("on", () => atlas.listed.filter((set) => set.on).map((set) => encodeURIComponent(set.block.name)).join(",") || NONE, (said) => {
      const names = said.split(",").map(gisplan.decoded);
      for (const set of atlas.listed) atlas.turn(set, names.includes(set.block.name));
    }, () => first.forEach((on, set) => atlas.turn(set, on)));
    const solid = () => { for (const set of atlas.listed) if (set.faded < 1) atlas.fade(set, 1); };
    gisplan.inLink("o", () => atlas.listed.filter((set) => set.faded < 1)
      .map((set) => encodeURIComponent(set.block.name) + ":" + Math.round(set.faded * 100)).join(","), (said) => {
      solid();
      for (const one of said.split(",")) {
        const [name, percent] = one.split(":"), set = named(gisplan.decoded(name)), value = number(percent || "");
        if (set && value >= 0 && value <= 100) atlas.fade(set, value / 100);
      }
    }, solid);
    const base = atlas.base;
    gisplan.inLink("b", () => (atlas.base && (atlas.bases || []).length > 1 ? atlas.base : ""), (said) => { if (atlas.lay) atlas.lay(said); },
      () => { if (atlas.lay) atlas.lay(base); });
    // The language is the reader's own: a link that names none leaves it.
    gisplan.inLink("l", () => gisplan.language(), (said) => { if (gisplan.speak && ["ja", "en"].includes(said)) gisplan.speak(said); }, () => {});
  }

  /* The place whose popup is open, by its id, or by its number in the layer where it has none of its own. */
  function place(atlas) {
    const write = ([set, at]) => {
      const id = set.id(at), own = id && set.withId(id).length === 1;
      return encodeURIComponent(set.block.name) + "/" + (own ? "=" + encodeURIComponent(id) : at);
    };
    gisplan.inLink("p", () => (atlas.shown ? write(atlas.shown) : ""), (said) => {
      const [name, which] = said.split("/"), set = atlas.listed.find((one) => one.block.name === gisplan.decoded(name));
      if (!set || !which) return;
      const id = which.startsWith("=") ? gisplan.decoded(which.slice(1)) : null;
      const feature = set.feature(id === null ? Number(which) : set.withId(id)[0]);
      if (feature && set.has(feature.at)) atlas.tell(set, feature);
    }, () => atlas.map.closePopup());
  }

  const rank = (order, key) => (order.includes(key) ? order.indexOf(key) : order.length);
  const sorted = (order) => [...parts].sort(([one], [other]) => rank(order, one) - rank(order, other));

  function address() {
    const said = sorted(["m"]).map(([key, part]) => [key, part.say()]).filter(([, value]) => value);
    return "#" + said.map(([key, value]) => key + "=" + value).join("&");
  }

  /* Layers come before filters, which would turn them on, and the view before what is told of a place in it; what goes
     back does so before all of them, the last first. */
  function hear(atlas) {
    const hash = window.location.hash;
    if (!hash.startsWith("#m=") || hash.length > MOST) return;
    const said = new Map(hash.slice(1).split("&").map((one) => { const at = one.indexOf("="); return [one.slice(0, at), one.slice(at + 1)]; }));
    const all = sorted(["l", "on", "o", "b", "f", "m"]);
    atlas.map.fire("gisplan:hear");
    for (const [key, part] of [...all].reverse()) if (!said.has(key)) part.unsaid();
    for (const [key, part] of all) if (said.has(key)) part.hear(said.get(key));
  }

  function write() {
    try {
      window.history.replaceState(window.history.state, "", address());
    } catch {
      // A frame without an address of its own has no link to keep.
    }
  }

  function share(atlas) {
    const button = gisplan.tool(atlas, "gp-share", gisplan.words.link, gisplan.icons.link);
    const field = element("input", "gp-field"), said = element("p", "gp-linked");
    field.readOnly = true;
    said.setAttribute("role", "status");
    gisplan.attribute(field, "aria-label", gisplan.words.link);
    const box = element("div", "gp-linkbox", element("p", "", text(gisplan.words.link_about)), field, said);
    box.hidden = true;
    L.DomEvent.disableClickPropagation(box);
    atlas.map.getContainer().append(box);
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", async () => {
      gisplan.fold(button, box);
      if (box.hidden) return;
      write();
      field.value = window.location.href.split("#")[0] + address();
      field.select();
      said.replaceChildren();
      try {
        await navigator.clipboard.writeText(field.value);
        said.replaceChildren(text(gisplan.words.link_copied));
      } catch {
        // Where a page may not copy, the address is marked and a reader copies it.
      }
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      gisplan.fold(button, box, false);
      button.focus();
    });
  }

  /* Hears the link of the address and keeps it as the reader goes on; the page writes none before it is touched. */
  gisplan.link = function (atlas) {
    view(atlas);
    layers(atlas);
    place(atlas);
    share(atlas);
    hear(atlas);
    let waiting = 0, touched = false;
    const later = () => {
      if (!touched) return;
      clearTimeout(waiting);
      waiting = setTimeout(write, PAUSE);
    };
    for (const kind of ["pointerdown", "keydown", "wheel"]) document.addEventListener(kind, () => { touched = true; }, { capture: true, passive: true });
    atlas.map.on("moveend gisplan:turn gisplan:fade gisplan:base gisplan:restrict gisplan:language gisplan:show popupclose", later);
    window.addEventListener("hashchange", () => hear(atlas));
  };
})();
