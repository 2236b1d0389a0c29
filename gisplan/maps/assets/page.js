/* The page around the map: language, printing, credits and long texts. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;

  function language() {
    const button = document.getElementById("language");
    gisplan.speak = (chosen) => {
      document.documentElement.lang = chosen;
      gisplan.translate();
      fit();
      gisplan.atlas.tidy();
      gisplan.atlas.map.fire("gisplan:language");
    };
    button.addEventListener("click", () => gisplan.speak(gisplan.language() === "ja" ? "en" : "ja"));
    window.addEventListener("resize", () => fit());
  }

  /* A long text shows two lines and opens at a button; it stays whole for those who listen to the page. */
  const LONG = { ja: 56, en: 110 };

  function isLong(cell) {
    const both = [...cell.querySelectorAll(".t")];
    const texts = both.length ? both.map((one) => [one.textContent, one.lang]) : [[cell.textContent, "ja"]];
    return texts.some(([said, language]) => said.length > LONG[language] || said.includes("\n"));
  }

  gisplan.clamp = function (part) {
    for (const cell of part.querySelectorAll("td:not(.n):not(.long)")) {
      if (!isLong(cell)) continue;
      const inner = element("div", "clamp", ...cell.childNodes);
      const button = element("button", "whole", text(gisplan.words.open_text));
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => {
        const open = inner.classList.toggle("open");
        button.setAttribute("aria-expanded", String(open));
        button.replaceChildren(text(open ? gisplan.words.close_text : gisplan.words.open_text));
      });
      cell.classList.add("long");
      cell.append(inner, button);
    }
    fit();
  };

  gisplan.fitTexts = () => fit();

  /* Where all of a text is seen there is nothing to open. */
  function fit() {
    const seen = [...document.querySelectorAll(".clamp:not(.open)")].map((inner) => [inner, inner.scrollHeight > inner.clientHeight + 1]);
    for (const [inner, cut] of seen) inner.nextElementSibling.hidden = !cut;
  }

  function credits() {
    const button = document.getElementById("credits-button");
    button.addEventListener("click", () => {
      const open = button.parentElement.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
  }

  /* On paper the map has a size of its own, by the sheet that is chosen; the view goes back afterwards. */
  function printing() {
    const sheet = document.getElementById("paper"), root = document.documentElement;
    const choose = () => {
      root.dataset.paper = sheet.value;
      for (const style of document.querySelectorAll("style[data-paper]")) style.media = style.dataset.paper === sheet.value ? "print" : "not all";
    };
    sheet.addEventListener("change", choose);
    choose();
    document.getElementById("print").addEventListener("click", () => window.print());
    let view = null;
    const credit = document.querySelector(".credit-line"), side = document.getElementById("side");
    const turn = (on) => {
      const parts = document.querySelector(".gp-layers-part");
      if (!parts) return;
      const { map, home } = gisplan.atlas;
      if (on && !view) view = { zoom: map.getZoom(), centre: map.getCenter(), bounds: map.getBounds(), open: parts.open };
      if (!view) return;
      root.classList.toggle("printing", on);
      parts.open = on || view.open;
      // A legend that is longer than the map is high stands on a sheet of its own.
      root.classList.remove("long-legend");
      root.classList.toggle("long-legend", on && !sheet.value.endsWith("portrait") && side.scrollHeight > map.getContainer().clientHeight);
      L.Browser.retina = on || window.devicePixelRatio > 1; // Leaflet draws two pixels for one, as paper is finer than a screen
      map.invalidateSize({ animate: false });
      const whole = home && L.latLngBounds([home[1], home[0]], [home[3], home[2]]);
      if (!on) map.setView(view.centre, view.zoom, { animate: false });
      else map.fitBounds(whole && view.bounds.contains(whole) ? whole : view.bounds, { animate: false, padding: [8, 8], paddingBottomRight: [8, credit.offsetHeight + 8] });
      gisplan.atlas.declutter();
      if (on && gisplan.canvas) gisplan.canvas.finish(map);
      if (on && gisplan.settle) gisplan.settle(map);
      if (!on) view = null;
    };
    window.addEventListener("beforeprint", () => turn(true));
    window.addEventListener("afterprint", () => turn(false));
  }

  function phone() {
    const button = document.getElementById("legend-button"), side = document.getElementById("side");
    button.addEventListener("click", () => {
      const open = side.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && side.classList.contains("open")) {
        side.classList.remove("open");
        button.setAttribute("aria-expanded", "false");
        button.focus();
      }
    });
  }

  /* The panel waits for layers that are read first. */
  function ready(run) {
    if (document.documentElement.classList.contains("gp-ready")) run();
    else gisplan.atlas.map.once("gisplan:ready", run);
  }

  gisplan.page = function () {
    language();
    gisplan.tables();
    printing();
    phone();
    credits();
    gisplan.translate();
    ready(() => {
      if (gisplan.layerTables) gisplan.layerTables(gisplan.atlas);
      gisplan.link(gisplan.atlas);
    });
  };
})();
