/* Files dropped on the page: they are sent to the server of this machine, and the doctor's answer is shown. */
(function () {
  "use strict";
  const page = window.gisplanServe, make = page.make;
  const $ = (id) => document.getElementById(id);
  const cards = new Map();
  page.municipalities = new Map();

  /* ---- sending ---- */
  async function send(files) {
    if (!files.length) return;
    const problems = [];
    try {
      const { drop } = await page.post("/api/drop");
      for (const file of files) {
        page.say("files-said", page.word("sending") + " " + file.name, problems);
        if (page.state && file.size > page.state.largest) {
          problems.push({ code: "file.too_large", place: file.name, what: page.data.words.too_large, do: page.data.words.not_sent });
          continue;
        }
        try {
          await page.post("/api/file?drop=" + drop + "&name=" + encodeURIComponent(file.name), null, file);
        } catch (error) {
          problems.push(...(error.problems || [{ code: "", place: file.name, what: page.data.words.not_sent, do: page.data.words.not_sent }]));
        }
      }
      page.say("files-said", "", problems);
    } catch (error) {
      page.say("files-said", page.word("not_sent"), error.problems);
    }
    await page.look();
  }

  function dropped(event) {
    event.preventDefault();
    $("drop").classList.remove("over");
    const items = [...(event.dataTransfer.items || [])].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    const files = [...event.dataTransfer.files].filter((_, place) => !(items[place] && items[place].isDirectory));
    if (files.length < event.dataTransfer.files.length) page.say("files-said", page.word("no_folder"));
    send(files);
  }

  /* ---- one file that waits ---- */
  class Card {
    constructor(held) {
      this.held = held;
      this.told = null;
      this.fields = {};
      this.node = make("article", [], { class: "file", "data-file": held.name });
      this.draw();
      this.ask();
    }

    async ask() {
      const held = this.held, asked = this.asked = {}; // a choice made meanwhile makes the answer void
      this.node.setAttribute("aria-busy", "true");
      this.said = page.word("looking") + " …";
      this.draw();
      try {
        const told = await page.post("/api/ask", { drop: held.drop, name: held.name, ...this.settings() });
        if (asked !== this.asked) return;
        this.told = told;
        for (const [code, name] of this.told.municipalities) page.municipalities.set(code, name);
        this.said = "";
        this.problems = [];
      } catch (error) {
        if (asked !== this.asked) return;
        this.problems = error.problems || [];
        this.said = error.problems ? "" : page.word("not_sent");
      }
      this.node.removeAttribute("aria-busy");
      this.draw();
      if (page.state) for (const one of page.after) one(page.state);
    }

    settings() {
      return { layer: "", columns: {}, table: "", encoding: "", crs: "", credit: "", licence: "", ...this.fields };
    }

    draw() {
      const held = this.held, told = this.told;
      this.node.replaceChildren(
        make("h3", held.name + " (" + page.bytes(held.size) + ")"),
        ...(this.said ? [make("p", this.said, { class: "status busy" })] : []),
        ...(this.problems && this.problems.length ? [page.notes(this.problems)] : []),
        ...(told ? this.answer(told) : []),
        make("p", this.buttons(told), { class: "row" }),
      );
    }

    answer(told) {
      const how = (name, detail) => name + (detail ? "（" + (page.of(page.data.how[detail]) || detail) + "）" : "");
      const rows = told.rows === null ? "" : " " + told.rows.toLocaleString("en") + " " + page.word("rows");
      const facts = [["is_kind", page.word(told.kind ? "kind_" + told.kind : "kind_unknown") + rows + (told.driver ? " — " + told.driver : "")]];
      if (told.encoding) facts.push(["encoding", how(page.of(page.data.encodings[told.encoding]) || told.encoding, told.encoding_how)]);
      if (told.kind && told.kind !== "table" && told.kind !== "raster") facts.push(["crs", page.of(told.crs) || page.word("crs_none")]);
      if (told.systems.length) facts.push(["systems", told.systems.map(page.of).join(" / ")]);
      if (told.columns.length) facts.push(["columns", told.columns.join("、")]);
      if (this.held.companions.length) facts.push(["companions", this.held.companions.join("、")]);
      const list = make("dl", facts.flatMap(([key, text]) => [make("dt", page.word(key)), make("dd", text)]));
      const bad = told.problems.length ? [page.notes(told.problems)] : [];
      return [list, ...bad, ...(told.kind || told.driver ? this.asLayer(told) : [])];
    }

    asLayer(told) {
      const parts = [make("label", [page.word("which") + " ", this.layerChoice(told)])];
      if (told.layer) parts.push(make("p", page.word("as_layer")), page.layer(told.layer));
      if (told.chosen) {
        if (!told.replaceable) parts.push(this.otherwise(told));
        parts.push(make("p", page.word("lines")), make("pre", told.lines, { class: "lines" }));
        if (told.taken) parts.push(make("p", page.word(told.replaceable ? "replaces" : "taken"), { class: "note" }));
      }
      if (page.state && !page.state.planned) parts.push(make("p", page.word("no_plan_yet"), { class: "about" }));
      return parts;
    }

    layerChoice(told) {
      const likely = told.fits.map((fit) => fit.layer);
      const option = (layer) => make("option", page.of(layer.title) + "  " + layer.name, { value: layer.name });
      const known = new Map(page.data.layers.map((layer) => [layer.name, layer]));
      const select = make("select", [
        make("option", page.word("no_layer"), { value: "" }),
        make("optgroup", likely.map((name) => option(known.get(name))), { label: page.word("likely") }),
        make("optgroup", page.data.layers.filter((layer) => !likely.includes(layer.name)).map(option), { label: page.word("others") }),
      ], { class: "layer-choice" });
      select.value = told.chosen;
      select.addEventListener("change", () => {
        this.fields = { ...this.fields, layer: select.value, columns: {} };
        if (select.value) return this.ask();
        // The answer was for another layer: nothing of it must be added.
        this.asked = null;
        this.said = "";
        this.node.removeAttribute("aria-busy");
        this.told = { ...told, chosen: "", layer: null, fields: [], problems: [], lines: "", taken: false, replaceable: false };
        return this.draw();
      });
      return select;
    }

    otherwise(told) {
      const pairs = [];
      const own = this.settings();
      for (const field of told.fields) {
        const select = make("select", [make("option", page.word("column_auto") + (field.column ? " " + field.column : ""), { value: "" }),
          ...told.columns.map((column) => make("option", column, { value: column }))]);
        select.value = own.columns[field.name] || "";
        select.addEventListener("change", () => {
          const columns = { ...this.settings().columns, [field.name]: select.value };
          this.fields = { ...this.fields, columns: Object.fromEntries(Object.entries(columns).filter((pair) => pair[1])) };
        });
        const must = field.required ? "（" + page.word("must") + "）" : "";
        pairs.push(make("label", [page.of(field.title) + must + " ", make("code", field.name), select]));
      }
      for (const key of ["table", "crs", "encoding", "credit", "licence"]) {
        const input = make("input", [], { value: own[key], placeholder: { crs: "EPSG:6676", encoding: "cp932" }[key] });
        input.addEventListener("input", () => { this.fields = { ...this.fields, [key]: input.value.trim() }; });
        pairs.push(make("label", [page.word(key) + " ", input]));
      }
      const missing = told.fields.some((field) => field.required && !field.column);
      return make("details", [make("summary", page.word("how_read")), make("div", pairs, { class: "pairs" }),
        page.button("look_again", () => { this.fields.layer = told.chosen; this.ask(); })], missing || this.fields.columns ? { open: "" } : {});
    }

    buttons(told) {
      const found = [];
      if (told && told.chosen) {
        const copy = page.button("copy", async () => {
          await navigator.clipboard.writeText(told.lines);
          copy.textContent = page.word("copied");
        });
        const able = page.state && page.state.planned && (!told.taken || told.replaceable);
        const add = page.button(told.replaceable ? "replace" : "add", () => page.act("files-said", () => page.post("/api/add", {
          drop: this.held.drop, name: this.held.name, ...this.settings(), layer: told.chosen,
          release: (told.fits.find((fit) => fit.layer === told.chosen) || { release: "" }).release,
        }), "added"), "main add");
        add.disabled = !able;
        found.push(add, copy);
      }
      if (!told) found.push(page.button("look", () => this.ask()));
      const discard = page.button("discard", () => {
        if (discard.dataset.sure) return page.act("files-said", () => page.post("/api/discard", { drop: this.held.drop, name: this.held.name }));
        discard.dataset.sure = "yes";
        discard.textContent = page.word("discard_sure");
        return null;
      });
      found.push(discard);
      return found;
    }
  }

  let shownIn = "";
  function show(state) {
    const lang = document.documentElement.lang;
    const keys = new Set(state.waiting.map((held) => held.drop + "/" + held.name));
    for (const key of [...cards.keys()]) if (!keys.has(key)) cards.delete(key);
    for (const held of state.waiting) {
      const key = held.drop + "/" + held.name, old = cards.get(key);
      if (!old) cards.set(key, new Card(held));
      else if (old.held.size !== held.size || old.held.companions.join() !== held.companions.join()) {
        old.held = held;
        old.ask();
      }
    }
    const stamp = [...keys].join("|");
    if ($("waiting").dataset.keys !== stamp) {
      $("waiting").dataset.keys = stamp;
      $("waiting").replaceChildren(...state.waiting.map((held) => cards.get(held.drop + "/" + held.name).node));
    }
    const planned = lang + state.planned + (state.plan ? state.plan.layers.join() : "");
    if (shownIn && shownIn !== planned) {
      const other = shownIn.slice(2) !== planned.slice(2);
      for (const card of cards.values()) if (other) card.ask(); else card.draw();
    }
    shownIn = planned;
  }
  page.after.push(show);

  document.addEventListener("DOMContentLoaded", () => {
    const over = (on) => (event) => { event.preventDefault(); $("drop").classList.toggle("over", on); };
    $("drop").addEventListener("dragover", over(true));
    $("drop").addEventListener("dragleave", over(false));
    $("drop").addEventListener("drop", dropped);
    // A file let go beside the place would take the place of the page.
    window.addEventListener("dragover", (event) => event.preventDefault());
    window.addEventListener("drop", (event) => event.preventDefault());
    $("choose").addEventListener("click", () => $("picker").click());
    $("picker").addEventListener("change", () => {
      send([...$("picker").files]);
      $("picker").value = "";
    });
  });
})();
