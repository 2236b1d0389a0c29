/* What is at a place: points within reach, lines within reach, areas around it. Places and reach are in steps. */
(function () {
  "use strict";
  const gisplan = window.gisplan;

  const beside = (x, y, reach) => ({ west: x - reach, north: y - reach, east: x + reach, south: y + reach });

  function points(set, x, y, reach) {
    const shape = set.shape, found = new Map();
    for (const [from, to] of set.index.stretches(beside(x, y, reach))) {
      for (let at = from; at < to; at++) {
        const away = Math.hypot(shape.x[at] - x, shape.y[at] - y);
        const feature = shape.owner ? shape.owner[at] : at;
        if (away <= reach && set.drawn(feature) && !(found.get(feature) <= away)) found.set(feature, away);
      }
    }
    return found;
  }

  function toSegment(x, y, ax, ay, bx, by) {
    const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
    const along = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
    return Math.hypot(ax + along * dx - x, ay + along * dy - y);
  }

  function lines(set, x, y, reach) {
    const { x: xs, y: ys, start, owner } = set.shape, found = new Map();
    for (const run of set.index.within(beside(x, y, reach))) {
      const feature = owner[run];
      if (!set.drawn(feature)) continue;
      let least = Infinity;
      for (let at = start[run] + 1; at < start[run + 1]; at++) {
        least = Math.min(least, toSegment(x, y, xs[at - 1], ys[at - 1], xs[at], ys[at]));
      }
      if (least <= reach && !(found.get(feature) <= least)) found.set(feature, least);
    }
    return found;
  }

  /* How often a ray to the east crosses the rings of a feature: odd is inside, and inside a hole is even. */
  function areas(set, x, y) {
    const { x: xs, y: ys, start, owner } = set.shape, inside = new Map();
    for (const run of set.index.within(beside(x, y, 0))) {
      if (!set.drawn(owner[run])) continue;
      let odd = false;
      for (let from = start[run], to = start[run + 1], at = from, before = to - 1; at < to; before = at++) {
        if (ys[at] > y !== ys[before] > y && x < ((xs[before] - xs[at]) * (y - ys[at])) / (ys[before] - ys[at]) + xs[at]) odd = !odd;
      }
      if (odd) inside.set(owner[run], !inside.get(owner[run]));
    }
    return new Map([...inside].filter(([, odd]) => odd).map(([feature]) => [feature, 0]));
  }

  /* Features at a place as [feature, steps away], the nearest first, of those as near the one that is drawn on top. */
  gisplan.canvas.pick = function (set, { x, y }, reach) {
    const found = { points, lines, areas }[set.block.family](set, x, y, reach);
    return [...found].sort((a, b) => a[1] - b[1] || b[0] - a[0]);
  };
})();
