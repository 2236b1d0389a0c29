/* The page of `gisplan serve`: what is asked of the server, the state of the plan, and its results.
   Every text that comes from a plan or a file is put in as text, never as HTML. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const page = { state: null, after: [] };
  window.gisplanServe = page;

  /* ---- words ---- */
  page.data = data;
  page.of = (text) => (text ? text[root.lang === "en" ? "en" : "ja"] : "");
  page.word = (key) => page.of(data.words[key]);

  page.make = function (tag, content, attributes) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...[].concat(content === undefined || content === null ? [] : content));
    return made;
  };
  const make = page.make;
  page.button = function (key, act, name) {
    const made = make("button", page.word(key), { type: "button", class: name });
    made.addEventListener("click", act);
    return made;
  };

  /* ---- asking ---- */
  page.get = async function (address) {
    const answer = await fetch(address, { cache: "no-store", credentials: "same-origin" });
    if (answer.status === 403) throw new Error("closed");
    return answer.ok ? answer.json() : null; // a fault of one moment
  };
  page.post = async function (address, content, whole) {
    const answer = await fetch(address, {
      method: "POST", cache: "no-store", credentials: "same-origin",
      headers: { "X-Gisplan-Key": data.hand }, body: whole || JSON.stringify(content || {}),
    });
    const told = await answer.json().catch(() => ({ problems: [] }));
    if (!answer.ok) throw Object.assign(new Error("refused"), { problems: told.problems || [] });
    return told;
  };

  page.note = function (problem) {
    const bad = problem.severity === "S1" || problem.severity === "S2";
    return make("li", [
      make("span", problem.place || problem.subject || "", { class: "place" }),
      make("span", page.of(problem.what || problem.reason) + " "),
      make("span", page.of(problem.do), { class: "cure" }), " ",
      make("code", problem.code),
    ], { class: bad ? "note bad" : "note" });
  };
  page.notes = (problems) => make("ul", problems.map(page.note), { class: "notes" });
  page.say = function (place, text, problems) {
    $(place).replaceChildren(...(text ? [text] : []), ...(problems && problems.length ? [page.notes(problems)] : []));
  };
  page.act = async function (place, deed, done) {
    try {
      await deed();
      page.say(place, done ? page.word(done) : "");
    } catch (error) {
      page.say(place, error.problems ? "" : page.word("not_sent"), error.problems);
    }
    await page.look();
  };
  page.light = (name) => make("span", [
    make("span", data.lights[name].sign, { class: "sign", "aria-hidden": "true" }), " ", page.of(data.lights[name].short),
  ], { class: "light " + name });
  page.bytes = (size) => size < 1e6 ? Math.max(1, Math.round(size / 1e3)) + " kB" : (size / 1e6).toFixed(1) + " MB";

  /* ---- the state ---- */
  function options(select, pairs, value) {
    const wanted = pairs.map(([key, text]) => key + "\n" + text).join("\n");
    if (select.dataset.held !== wanted) {
      select.dataset.held = wanted;
      select.replaceChildren(...pairs.map(([key, text]) => make("option", text, { value: key })));
    }
    if (document.activeElement !== select || select.value === "") select.value = value;
  }
  page.options = options;

  function showHead(state) {
    const plan = state.plan;
    $("title").textContent = plan ? plan.title : state.folder;
    document.title = $("title").textContent + " — " + page.word("page");
    const facts = [["folder", [state.folder]]];
    if (plan) {
      facts.push(["municipality", [plan.municipality.join("・")]]);
      facts.push(["audience", [make("span", page.of(data.audiences[plan.audience]), { class: "badge-" + plan.audience })]]);
      if (plan.made_up) facts.push(["made_up", ["✓"]]);
    }
    $("facts").replaceChildren(...facts.map(([key, value]) => make("div", [make("dt", page.word(key)), make("dd", value)])));
  }

  function showWork(state) {
    const job = state.job, ended = state.ended, choice = state.choice;
    $("do-stop").hidden = !job;
    $("status").classList.toggle("busy", Boolean(job));
    const said = job
      ? [page.word(job.kind === "run" ? "running" : "checking"), page.of(job.step), job.queued ? page.word("queued") : ""]
      : ended ? [page.word("ended_" + ended.kind), page.word("end_" + ended.end), ended.at] : [page.word("idle")];
    const line = said.filter(Boolean).join(root.lang === "en" ? " · " : "：");
    if ($("status").textContent !== line) $("status").textContent = line;
    const own = ["", page.word("as_in_plan")];
    options($("audience"), [own, ...["internal", "partner", "public"].map((name) => [name, page.of(data.audiences[name])])], choice.audience || "");
    options($("output-language"), [own, ["ja", page.word("japanese")], ["en", page.word("english")]], choice.language || "");
    $("automatic").checked = choice.automatic;
    const part = (key, rows) => rows.length ? [make("h3", page.word(key)), page.notes(rows)] : [];
    $("mistakes").replaceChildren(...part("mistakes", state.mistakes));
    const others = ended && ended.problems.filter((one) => !state.mistakes.some((known) => known.code === one.code && known.place === one.place));
    $("problems").replaceChildren(...part("problems", others || []));
  }

  async function showLights(state) {
    $("lights").hidden = !state.planned;
    const key = state.checked + root.lang;
    if ($("layers").dataset.key === key) return;
    const told = state.checked ? await page.get("/api/checkup") : null;
    $("layers").dataset.key = key;
    if (!told) return $("layers").replaceChildren(make("p", page.word("not_checked"), { class: "about" }));
    const list = (layers) => make("ul", layers.map((layer) => make("li", page.layer(layer))), { class: "lights" });
    const given = told.layers.filter((layer) => layer.given), green = given.filter((layer) => layer.light === "green"), absent = told.layers.filter((layer) => !layer.given);
    $("layers").replaceChildren(
      make("p", page.word("check_for") + page.of(data.audiences[told.audience]), { class: "about" }),
      ...(told.judged ? [] : [make("p", page.word("not_judged"), { class: "note bad" })]),
      list(given.filter((layer) => layer.light !== "green")),
      ...(green.length ? [make("details", [make("summary", [page.light("green"), " ", page.word("green_layers") + " " + green.length]), list(green)])] : []),
      ...(told.others.length ? [make("h3", page.word("whole_plan")), page.notes(told.others)] : []),
      make("details", [make("summary", page.word("absent") + " " + absent.length),
        make("p", absent.map((layer) => page.of(layer.title)).join(root.lang === "en" ? ", " : "、"), { class: "about" })]),
    );
  }

  page.count = function (layer) {
    if (!layer.told) return page.word("untold");
    if (!layer.rows) return "";
    const all = layer.rows.kept === layer.rows.read;
    const rows = (all ? ["read"] : ["read", "kept", "mended", "refused"]).filter((key) => key === "read" || layer.rows[key])
      .map((key) => page.word(key) + " " + layer.rows[key].toLocaleString("en"));
    return rows.join(" / ") + (layer.assessed ? "" : " — " + page.word("not_assessed"));
  };
  page.layer = function (layer) {
    const head = [page.light(layer.light), " ", page.of(layer.title), " ", make("code", layer.layer), " ",
      make("span", page.count(layer), { class: "count" })];
    const notes = [...layer.stops, ...layer.findings];
    if (!notes.length) return make("div", head);
    return make("details", [make("summary", head), page.notes(notes)], layer.light === "red" ? { open: "" } : {});
  };

  /* ---- results ---- */
  let tab = "map";
  function chosenOutput(state) {
    return state.outputs.find((one) => one.folder === $("output").value) || state.outputs[0];
  }
  function addressOf(output, name) {
    return "/out/" + output.folder + "/" + name.split("/").map(encodeURIComponent).join("/");
  }
  function shownFile(state) {
    const output = chosenOutput(state);
    if (tab === "check") return state.checked ? "/check.html" : "";
    const name = { map: "map.html", report: "report.html" }[tab];
    return output && name && output.files[name] ? addressOf(output, name) : "";
  }

  function showResults(state) {
    const output = chosenOutput(state);
    $("which-output").hidden = !state.outputs.length;
    options($("output"), state.outputs.map((one) => [one.folder, one.folder + "（" + page.of(data.audiences[one.audience]) + "）"]), output ? output.folder : "");
    if (output) {
      $("output-about").replaceChildren(make("span", page.of(data.audiences[output.audience]), { class: "badge-" + output.audience }),
        " " + output.title + " — " + page.word("made_at") + " " + output.made);
    }
    const address = shownFile(state);
    const stamp = [root.lang, tab, address, address && tab !== "check" || tab === "files" ? output && output.made + output.files["map.html"] + state.outputs.length : "", tab === "check" ? state.checked : "", stampOf(output)].join("|");
    if ($("view").dataset.stamp === stamp) return;
    $("view").dataset.stamp = stamp;
    $("alone").hidden = !address;
    if (address) $("alone").href = address;
    $("view").replaceChildren(...content(output, address));
  }
  const stampOf = (output) => tab !== "check" && output ? Object.entries(output.files).flat().join() + output.made : "";

  function content(output, address) {
    if (address) {
      return [make("iframe", [], { src: address, title: page.word(tab === "check" ? "check_page" : tab),
        sandbox: "allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox", allow: "fullscreen" })];
    }
    if (tab === "files" && output) return [filesOf(output)];
    const key = tab === "check" ? "not_checked" : tab === "report" && output ? "no_report" : "nothing_yet";
    return [make("p", page.word(key), { class: "about" })];
  }
  function filesOf(output) {
    const names = Object.keys(output.files).sort();
    const rows = names.map((name) => make("tr", [
      make("th", make("a", name, { href: addressOf(output, name), target: "_blank", rel: "noopener" }), { scope: "row" }),
      make("td", page.bytes(output.files[name]), { class: "n" }),
    ]));
    const pictures = names.filter((name) => /^figures\/.*\.png$/.test(name));
    return make("div", [
      make("table", [make("thead", make("tr", [make("th", page.word("file"), { scope: "col" }), make("th", page.word("size"), { scope: "col", class: "n" })])), make("tbody", rows)]),
      ...(pictures.length ? [make("h3", page.word("figures"))] : []),
      make("div", pictures.map((name) => make("figure", [
        make("img", [], { src: addressOf(output, name), alt: name, loading: "lazy" }), make("figcaption", name),
      ])), { class: "figures" }),
    ]);
  }

  function choose(name) {
    tab = name;
    for (const one of document.querySelectorAll("[role=tab]")) one.setAttribute("aria-selected", String(one.id === "tab-" + name));
    $("view").setAttribute("aria-labelledby", "tab-" + name);
    if (page.state) showResults(page.state);
  }

  /* ---- again and again ---- */
  async function show(state) {
    page.state = state;
    $("lost").hidden = true;
    $("begin").hidden = state.planned;
    $("state").hidden = $("plan").hidden = !state.planned;
    showHead(state);
    showWork(state);
    showResults(state);
    for (const one of page.after) one(state);
    await showLights(state);
  }
  page.look = async function () {
    try {
      const state = await page.get("/api/state");
      if (state) await show(state);
    } catch (error) {
      $("lost").hidden = false;
    }
  };
  async function watch() {
    if (!document.hidden) await page.look();
    window.setTimeout(watch, page.state && page.state.job ? 700 : 1800);
  }

  function choice() {
    return { audience: $("audience").value || null, language: $("output-language").value || null, automatic: $("automatic").checked };
  }
  document.addEventListener("DOMContentLoaded", () => {
    for (const id of ["audience", "output-language", "automatic"]) {
      $(id).addEventListener("change", () => page.act("files-said", () => page.post("/api/choose", choice())));
    }
    for (const kind of ["check", "run", "stop"]) {
      $("do-" + kind).addEventListener("click", () => page.act("files-said", () => page.post("/api/" + kind)));
    }
    const tabs = ["map", "report", "check", "files"];
    for (const [place, name] of tabs.entries()) {
      $("tab-" + name).addEventListener("click", () => choose(name));
      $("tab-" + name).addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[event.key];
        if (!step) return;
        const next = tabs[(place + step) % tabs.length];
        $("tab-" + next).focus();
        choose(next);
      });
    }
    $("output").addEventListener("change", () => page.state && showResults(page.state));
    $("language").addEventListener("click", () => {
      root.lang = root.lang === "en" ? "ja" : "en";
      if (page.state) show(page.state);
    });
    // The key of the address stays in no history and on no screen.
    if (location.search) history.replaceState(null, "", "/");
    root.classList.add("gp-ready");
    watch();
  });
})();
