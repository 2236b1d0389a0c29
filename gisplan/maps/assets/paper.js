/* The canvases of a map on paper. */
(function () {
  "use strict";

  /* A browser prints how a canvas was drawn, and its clearing would clear what lies below it, too: paper gets what is seen. */
  function settle(canvas) {
    const { width, height } = canvas, copy = Object.assign(document.createElement("canvas"), { width, height });
    if (!width || !height) return;
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    canvas.getContext("2d").putImageData(context.getImageData(0, 0, width, height), 0, 0);
  }

  window.gisplan.settle = (map) => map.getPane("mapPane").querySelectorAll("canvas").forEach(settle);
})();
