/* The pages of a check: language and printing. Both languages stand in the page; the style sheet shows one. */
(function () {
  "use strict";
  const root = document.documentElement;
  document.getElementById("language").addEventListener("click", () => {
    root.lang = root.lang === "ja" ? "en" : "ja";
    document.title = root.getAttribute("data-title-" + root.lang);
  });
  document.getElementById("print").addEventListener("click", () => window.print());
  root.classList.add("gp-ready");
})();
