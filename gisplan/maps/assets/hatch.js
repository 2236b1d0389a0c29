/* Hatches: what tells classes apart whose colours somebody takes for each other. Areas bear a pattern; a mark bears one
   line, cross or dot of it; the legend shows both as shapes of SVG. Names are those of the data blocks, e.g. "rising-dense". */
(function () {
  "use strict";
  const gisplan = (window.gisplan = window.gisplan || {});
  const LINES = { rising: ["rising"], falling: ["falling"], level: ["level"], upright: ["upright"], dots: [],
    lattice: ["rising", "falling"], grid: ["level", "upright"] };
  const FAR = 1e6;
  const TILE = { wide: { slanted: 12, straight: 9, width: 1, dot: 1.3 }, dense: { slanted: 6, straight: 5, width: 1, dot: 0.9 } };
  const SWATCH = { wide: { slanted: 7, straight: 5, width: 1.1, dot: 1.2 }, dense: { slanted: 4.2, straight: 3, width: 0.9, dot: 0.8 } };

  const known = (name) => Object.hasOwn(LINES, name.replace("-dense", ""));
  const parts = (name) => LINES[name.replace("-dense", "")];
  const slanted = (name) => parts(name).some((way) => way === "rising" || way === "falling");
  const sizes = (name, all) => (name.endsWith("-dense") ? all.dense : all.wide);
  const pitch = (name, all) => sizes(name, all)[slanted(name) ? "slanted" : "straight"];

  /* The lines of one way in a box, as [x, y, x, y]; `first` is where one of them stands, `step` how far the next. */
  function lines(way, box, first, step) {
    const { x, y, width, height } = box, found = [];
    const [low, high] = { rising: [0, width + height], falling: [-width, height], level: [0, height], upright: [0, width] }[way];
    for (let at = first + Math.ceil((low - first) / step) * step; at <= high; at += step) {
      if (way === "level") found.push([x, y + at, x + width, y + at]);
      else if (way === "upright") found.push([x + at, y, x + at, y + height]);
      else if (way === "rising") {
        const from = Math.max(0, at - height), to = Math.min(width, at);
        found.push([x + from, y + at - from, x + to, y + at - to]);
      } else {
        const from = Math.max(0, -at), to = Math.min(width, height - at);
        found.push([x + from, y + at + from, x + to, y + at + to]);
      }
    }
    return found;
  }

  /* Dots on the corners and in the middle of squares, those whole inside a box. */
  function dots(box, step, radius) {
    const found = [], half = step / 2;
    for (let row = 0, y = box.y + half / 2; y + radius <= box.y + box.height; row++, y += half) {
      for (let x = box.x + (row % 2 ? half * 1.5 : half / 2); x + radius <= box.x + box.width; x += step) {
        if (x - radius >= box.x && y - radius >= box.y) found.push([x, y]);
      }
    }
    return found;
  }

  /* ---- on a canvas ---- */

  function stroke(context, found) {
    context.beginPath();
    for (const [x, y, to, down] of found) {
      context.moveTo(x, y);
      context.lineTo(to, down);
    }
    context.stroke();
  }

  function disc(context, x, y, radius) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }

  function tile(name, ink, ratio) {
    const size = sizes(name, TILE), side = pitch(name, TILE), canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.max(1, Math.round(side * ratio));
    const context = canvas.getContext("2d"), scale = canvas.width / side;
    context.scale(scale, scale);
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = size.width;
    // Lines of the neighbours reach into the tile at its corners, so that none is broken.
    const box = { x: -side, y: -side, width: 3 * side, height: 3 * side };
    for (const way of parts(name)) stroke(context, lines(way, box, way === "level" || way === "upright" ? side / 2 : 0, side));
    if (!parts(name).length) for (const part of [0.25, 0.75]) disc(context, side * part, side * part, size.dot);
    return [canvas, 1 / scale];
  }

  const patterns = new Map();

  /* A CanvasPattern for `fillStyle`; `ratio` is how many pixels of the screen a unit of the canvas has. */
  function pattern(context, name, ink, ratio) {
    const key = name + ink + ratio;
    if (!patterns.has(key)) {
      const [canvas, back] = tile(name, ink, ratio), made = context.createPattern(canvas, "repeat");
      made.setTransform(new DOMMatrix().scale(back));
      patterns.set(key, made);
    }
    return patterns.get(key);
  }

  /* Where the lines and dots of a mark stand, in a square inside it. */
  function inner(name, x, y, radius) {
    const side = 1.3 * radius, box = { x: x - side / 2, y: y - side / 2, width: side, height: side };
    const dense = name.endsWith("-dense");
    const middle = { rising: side, falling: 0, level: side / 2, upright: side / 2 };
    const found = parts(name).flatMap((way) => {
      const apart = way === "rising" || way === "falling" ? side * 0.8 : side * 0.5;
      return dense ? lines(way, box, middle[way] - apart / 2, apart).slice(0, 2) : lines(way, box, middle[way], FAR);
    });
    const spots = parts(name).length ? [] : dense ? [[x - radius * 0.42, y], [x + radius * 0.42, y]] : [[x, y]];
    return { lines: found, dots: spots, width: Math.max(0.8, radius * 0.26), dot: radius * (dense ? 0.28 : 0.38) };
  }

  /* Draws what a mark bears. */
  function mark(context, name, ink, x, y, radius) {
    if (!known(name)) return;
    const found = inner(name, x, y, radius);
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = found.width;
    context.setLineDash([]);
    stroke(context, found.lines);
    for (const [across, down] of found.dots) disc(context, across, down, found.dot);
  }

  /* Fills the current path of a canvas once more, with the pattern. */
  function area(context, name, ink, ratio, rule) {
    if (!known(name)) return;
    context.fillStyle = pattern(context, name, ink, ratio);
    context.fill(rule || "evenodd");
  }

  /* ---- in a legend ---- */

  const path = (found) => found.map(([x, y, to, down]) => `M${x.toFixed(2)} ${y.toFixed(2)}L${to.toFixed(2)} ${down.toFixed(2)}`).join("");

  function shapes(found, spots, ink, width, radius) {
    const drawn = found.length ? [["path", { d: path(found), stroke: ink, "stroke-width": width, fill: "none", class: "gp-hatch" }]] : [];
    for (const [x, y] of spots) drawn.push(["circle", { cx: x, cy: y, r: radius, fill: ink, class: "gp-hatch" }]);
    return drawn;
  }

  /* The hatch of a box, for `gisplan.picture`. */
  function swatch(name, ink, box) {
    if (!known(name)) return [];
    const size = sizes(name, SWATCH), step = pitch(name, SWATCH);
    const found = parts(name).flatMap((way) => lines(way, box, way === "falling" ? 0 : step / 2, step));
    return shapes(found, parts(name).length ? [] : dots(box, step * 1.6, size.dot), ink, size.width, size.dot);
  }

  /* What a mark bears, for `gisplan.picture`. */
  function badge(name, ink, x, y, radius) {
    if (!known(name)) return [];
    const found = inner(name, x, y, radius);
    return shapes(found.lines, found.dots, ink, found.width, found.dot);
  }

  /* Leaflet's canvas, which draws the hatch of a path that has one in its options: { name, ink, full }, where `full` is
     the opacity of its fill when nobody has faded it. */
  const Canvas = L.Canvas.extend({
    _fillStroke(context, layer) {
      L.Canvas.prototype._fillStroke.call(this, context, layer);
      const { hatch, fill, fillOpacity, fillRule } = layer.options;
      if (!hatch || !fill) return;
      context.save();
      context.globalAlpha = hatch.full > 0 ? Math.min(1, fillOpacity / hatch.full) : 1;
      if (layer instanceof L.CircleMarker) mark(context, hatch.name, hatch.ink, layer._point.x, layer._point.y, layer._radius);
      else area(context, hatch.name, hatch.ink, L.Browser.retina ? 2 : 1, fillRule);
      context.restore();
    },
  });

  gisplan.hatch = { pattern, area, mark, swatch, badge, Canvas };
})();
