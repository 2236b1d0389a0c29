/* plan.toml on the page: begun, edited with a check before it is saved, and a change undone. */
(function () {
  "use strict";
  const page = window.gisplanServe, make = page.make;
  const $ = (id) => document.getElementById(id);
  let known = "", held = "";

  const edited = () => $("plan-text").value !== held;

  async function load() {
    const told = await page.get("/api/plan");
    if (!told) return page.say("plan-said", page.word("not_read"));
    known = told.known;
    $("plan-text").value = told.text;
    held = $("plan-text").value;
    return page.say("plan-said", "");
  }

  async function attempt(deed, done) {
    try {
      const told = await deed();
      const problems = told.problems || [];
      page.say("plan-said", problems.length ? "" : page.word(done), problems);
      return !problems.length;
    } catch (error) {
      page.say("plan-said", error.problems ? "" : page.word("not_sent"), error.problems);
      return false;
    }
  }

  async function save() {
    const text = $("plan-text").value;
    if (await attempt(() => page.post("/api/save", { text, known }), "saved")) {
      const said = $("plan-said").textContent;
      await load();
      page.say("plan-said", said);
      await page.look();
    }
  }

  function show(state) {
    $("undo-row").hidden = !state.undo;
    $("undo-about").textContent = state.undo;
    const codes = [...page.municipalities].map(([code, name]) => code + " " + name);
    if ($("codes").dataset.held !== codes.join()) {
      $("codes").dataset.held = codes.join();
      $("codes").replaceChildren(...codes.map((text) => make("option", [], { value: text })));
    }
    if (state.planned && !edited() && $("editor").open && !$("plan-text").value) load();
  }
  page.after.push(show);

  function begun() {
    // "22212 焼津市" of the list, a code, or a name that the list knows.
    const typed = $("code").value.trim();
    const named = [...page.municipalities].find((pair) => pair[1] === typed);
    return named ? named[0] : typed.split(/\s/)[0];
  }

  document.addEventListener("DOMContentLoaded", () => {
    $("editor").addEventListener("toggle", () => { if ($("editor").open && !edited()) load(); });
    $("plan-load").addEventListener("click", load);
    $("plan-try").addEventListener("click", () => attempt(() => page.post("/api/try", { text: $("plan-text").value }), "fine"));
    $("plan-save").addEventListener("click", save);
    $("undo").addEventListener("click", async () => {
      await page.act("plan-said", () => page.post("/api/undo"), "undone");
      if ($("editor").open) await load();
    });
    $("plan-text").addEventListener("input", () => { if (edited()) page.say("plan-said", page.word("unsaved")); });
    $("begin-form").addEventListener("submit", (event) => {
      event.preventDefault();
      page.act("begin-said", () => page.post("/api/init", { municipality: begun() }));
    });
    $("copy-town").addEventListener("click", () => page.act("begin-said", () => page.post("/api/init", { town: true })));
    window.addEventListener("beforeunload", (event) => { if (edited()) event.preventDefault(); });
  });
})();
