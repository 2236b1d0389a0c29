/* The page around the map: language, printing, credits, long tables and long texts. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const STEP = 200;

  function language() {
    const button = document.getElementById("language");
    button.addEventListener("click", () => {
      document.documentElement.lang = gisplan.language() === "ja" ? "en" : "ja";
      gisplan.translate();
      fit();
    });
    window.addEventListener("resize", () => fit());
  }

  function cell(value, head) {
    const made = element(head ? "th" : "td", typeof value === "number" ? "n" : "");
    if (head) made.scope = "row";
    if (value && typeof value === "object") made.append(text(value));
    else made.append(value === null || value === "" ? "—" : String(value));
    return made;
  }

  /* A long text shows two lines and opens at a button; it stays whole for those who listen to the page. */
  const LONG = { ja: 56, en: 110 };

  function isLong(cell) {
    const both = [...cell.querySelectorAll(".t")];
    const texts = both.length ? both.map((one) => [one.textContent, one.lang]) : [[cell.textContent, "ja"]];
    return texts.some(([said, language]) => said.length > LONG[language] || said.includes("\n"));
  }

  function clamp(part) {
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
  }

  /* Where all of a text is seen there is nothing to open. */
  function fit() {
    const seen = [...document.querySelectorAll(".clamp:not(.open)")].map((inner) => [inner, inner.scrollHeight > inner.clientHeight + 1]);
    for (const [inner, cut] of seen) inner.nextElementSibling.hidden = !cut;
  }

  /* The columns that are asked for most come first; the others are one button away. */
  function columns(details) {
    const button = details.querySelector(".columns");
    if (!button) return;
    const table = details.querySelector("table");
    table.classList.add("few");
    button.addEventListener("click", () => {
      const all = !table.classList.toggle("few");
      button.setAttribute("aria-pressed", String(all));
      fit();
    });
  }

  function credits() {
    const button = document.getElementById("credits-button");
    button.addEventListener("click", () => {
      const open = button.parentElement.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
  }

  /* A long table is made when it is opened, a step at a time. */
  function long(details) {
    const sheet = JSON.parse(details.querySelector("script").textContent);
    const body = details.querySelector("tbody"), more = details.querySelector(".rows-more");
    const held = sheet.columns.map((column) => (at) => (column.d ? column.d[column.i[at]] : column.v[at]));
    let at = 0;
    const step = () => {
      const part = document.createDocumentFragment();
      for (const end = Math.min(sheet.rows, at + STEP); at < end; at++) {
        const line = element("tr", "");
        held.forEach((value, place) => {
          const made = cell(value(at), place === 0);
          made.className = sheet.classes[place];
          line.append(made);
        });
        part.append(line);
      }
      body.append(part);
      clamp(body);
      more.hidden = at >= sheet.rows;
      details.querySelector(".shown").textContent = at + " / " + sheet.rows;
    };
    more.addEventListener("click", step);
    step();
  }

  function tables() {
    for (const details of document.querySelectorAll("details.long")) {
      details.addEventListener("toggle", () => {
        if (details.open && !details.dataset.made) {
          details.dataset.made = "yes";
          long(details);
        }
      });
    }
    for (const details of document.querySelectorAll("#tables > details")) {
      columns(details);
      details.addEventListener("toggle", () => { clamp(details); });
    }
    for (const link of document.querySelectorAll("a[data-opens]")) {
      link.addEventListener("click", () => { document.getElementById(link.dataset.opens).open = true; });
    }
  }

  /* On paper the map has a size of its own; the view goes back afterwards. */
  function printing() {
    document.getElementById("print").addEventListener("click", () => window.print());
    let view = null;
    window.addEventListener("beforeprint", () => {
      const map = gisplan.atlas.map;
      view = map.getBounds();
      document.documentElement.classList.add("printing");
      map.invalidateSize({ animate: false });
      map.fitBounds(view, { animate: false });
      if (gisplan.canvas) gisplan.canvas.finish(map);
    });
    window.addEventListener("afterprint", () => {
      const map = gisplan.atlas.map;
      document.documentElement.classList.remove("printing");
      map.invalidateSize({ animate: false });
      if (view) map.fitBounds(view, { animate: false });
    });
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

  gisplan.page = function () {
    language();
    tables();
    printing();
    phone();
    credits();
    gisplan.translate();
  };
})();
