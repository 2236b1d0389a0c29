/* The tables beside the map: long ones made a step at a time, sorted by any column, searched, and saved as CSV. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const { element, text } = gisplan;
  const STEP = 200, MISSING = "—";
  /* As `gisplan.maps.csv_files`: Excel takes a cell that begins with one of these for a formula. */
  const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/, NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
  const collators = { ja: new Intl.Collator("ja", { numeric: true }), en: new Intl.Collator("en", { numeric: true }) };
  const folded = (said) => said.normalize("NFKC").toLowerCase();

  /* A table of the page as columns of texts: from its block where it is long, else from its rows. */
  function read(details) {
    const block = details.querySelector("script[type='application/json']");
    const heads = [...details.querySelectorAll("thead th")];
    const numbers = heads.map((head) => head.classList.contains("n"));
    const title = (at, language) => said(heads[at], language).trim();
    if (block) {
      const sheet = JSON.parse(block.textContent);
      const value = sheet.columns.map((column) => (at) => (column.d ? column.d[column.i[at]] : column.v[at]));
      const say = (at, column, language) => { const held = value[column](at); return held && typeof held === "object" ? held[language] : String(held ?? MISSING); };
      return { heads, numbers, title, say, count: sheet.rows, line: (at) => made(value.map((one) => one(at)), sheet.classes) };
    }
    const lines = [...details.querySelectorAll("tbody tr")];
    return { heads, numbers, title, count: lines.length, line: (at) => lines[at], say: (at, column, language) => said(lines[at].cells[column], language) };
  }

  function said(cell, language) {
    const whole = cell.querySelector(".clamp") || cell;
    const parts = [...whole.querySelectorAll(".t")].filter((one) => one.lang !== language);
    if (!parts.length) return whole.textContent;
    const copy = whole.cloneNode(true);
    for (const one of [...copy.querySelectorAll(".t")]) if (one.lang !== language) one.remove();
    return copy.textContent;
  }

  function made(values, classes) {
    const line = element("tr", "");
    values.forEach((value, place) => {
      const cell = element(place === 0 ? "th" : "td", classes[place]);
      if (place === 0) cell.scope = "row";
      if (value && typeof value === "object") cell.append(text(value));
      else cell.append(value === null || value === "" ? MISSING : String(value));
      line.append(cell);
    });
    return line;
  }

  const missing = (said, language) => said === MISSING || said === "" || said === gisplan.words.not_given[language];
  const figure = (said) => Number(said.replace(/[,\s%]/g, ""));

  class Twin {
    constructor(details, table) {
      this.details = details;
      this.table = table;
      this.body = details.querySelector("tbody");
      this.order = Array.from({ length: this.table.count }, (_, at) => at);
      this.by = -1;
      this.down = false;
      this.wanted = "";
      this.shown = 0;
      this.more = details.querySelector(".rows-more");
      this.told = details.querySelector(".shown");
      this.heads();
      this.bar();
      if (this.more) this.more.addEventListener("click", () => this.step());
      this.show();
    }

    heads() {
      this.table.heads.forEach((head, at) => {
        const button = element("button", "gp-sort", ...head.childNodes);
        button.type = "button";
        button.addEventListener("click", () => this.sort(at));
        head.append(button);
        head.setAttribute("aria-sort", "none");
      });
    }

    bar() {
      const field = element("input", "gp-rows-query"), words = gisplan.words;
      field.type = "search";
      field.autocomplete = "off";
      for (const name of ["aria-label", "placeholder"]) gisplan.attribute(field, name, words.table_filter);
      field.addEventListener("input", () => {
        this.wanted = folded(field.value.trim());
        this.show();
      });
      const save = element("button", "gp-save", text(words.table_csv));
      save.type = "button";
      save.addEventListener("click", () => this.save());
      this.count = element("span", "shown");
      this.count.setAttribute("role", "status");
      const bar = element("p", "step gp-table-bar", field, save, this.count);
      const columns = this.details.querySelector(".columns");
      if (columns) bar.append(columns);
      this.details.querySelector("summary").after(bar);
      for (const step of this.details.querySelectorAll(".step:empty")) step.remove();
    }

    /* Up, down, and back to the order of the plan. */
    sort(at) {
      if (this.by !== at) [this.by, this.down] = [at, false];
      else if (!this.down) this.down = true;
      else [this.by, this.down] = [-1, false];
      this.table.heads.forEach((head, place) => {
        head.setAttribute("aria-sort", place !== this.by ? "none" : this.down ? "descending" : "ascending");
      });
      this.show();
    }

    rows() {
      const { table, by, wanted } = this, language = gisplan.language();
      const holds = (at) => table.heads.some((_, column) => folded(table.say(at, column, language)).includes(wanted));
      const kept = wanted ? this.order.filter(holds) : [...this.order];
      if (by < 0) return kept;
      const key = new Map(kept.map((at) => [at, table.say(at, by, language)]));
      const compare = table.numbers[by]
        ? (one, other) => figure(one) - figure(other) || 0
        : collators[language].compare;
      // What is missing stands last, whichever way the others run.
      return kept.sort((one, other) => {
        const [a, b] = [key.get(one), key.get(other)];
        const [none, lacks] = [missing(a, language), missing(b, language)];
        if (none || lacks) return none - lacks || one - other;
        return (this.down ? -1 : 1) * compare(a, b) || one - other;
      });
    }

    show() {
      this.found = this.rows();
      this.shown = 0;
      this.body.replaceChildren();
      this.step();
      const all = this.table.count, left = this.found.length;
      this.count.replaceChildren(text(gisplan.filled(gisplan.words.table_left, { left: left.toLocaleString("en-US"), count: all.toLocaleString("en-US") })));
      this.count.hidden = left === all;
    }

    step() {
      const end = this.more ? Math.min(this.found.length, this.shown + STEP) : this.found.length;
      this.body.append(...this.found.slice(this.shown, end).map((at) => this.table.line(at)));
      this.shown = end;
      gisplan.clamp(this.body);
      if (!this.more) return;
      this.more.hidden = end >= this.found.length;
      this.told.textContent = end + " / " + this.found.length;
    }

    /* The rows that are shown, in their order, with all columns, as Excel reads them. */
    save() {
      const { table, found } = this, language = gisplan.language();
      const cell = (at, column) => {
        const held = table.say(at, column, language);
        if (missing(held, language)) return "";
        return table.numbers[column] && /^-?[\d,]+(\.\d+)?$/.test(held) ? held.replace(/,/g, "") : held;
      };
      const lines = [table.heads.map((_, column) => quoted(table.title(column, language))),
        ...found.map((at) => table.heads.map((_, column) => quoted(cell(at, column))))];
      const blob = new Blob(["\ufeff", lines.map((line) => line.join(",") + "\r\n").join("")], { type: "text/csv;charset=utf-8" });
      const link = element("a", "");
      link.href = URL.createObjectURL(blob);
      link.download = this.details.dataset.name + ".csv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    }
  }

  function quoted(said) {
    const safe = FORMULA.test(said) && !NUMBER.test(said) ? "'" + said : said;
    return /[",\r\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
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
      gisplan.fitTexts();
    });
  }

  gisplan.twin = (details, table) => new Twin(details, table);

  gisplan.tables = function () {
    for (const details of document.querySelectorAll("#tables > details")) {
      columns(details);
      details.addEventListener("toggle", () => {
        if (details.open && !details.dataset.made && details.querySelector("table")) {
          details.dataset.made = "yes";
          gisplan.twin(details, read(details));
        }
        gisplan.clamp(details);
      });
    }
    for (const link of document.querySelectorAll("a[data-opens]")) {
      link.addEventListener("click", () => { document.getElementById(link.dataset.opens).open = true; });
    }
  };
})();
