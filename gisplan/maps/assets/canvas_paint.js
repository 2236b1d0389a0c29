/* Draws what of a layer lies in one tile. A painter is a generator: it stops after each piece of work, so that no frame
   of the page waits for a whole tile. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const WORLD = 2 ** 28, PIECE = 6000, POINTS = 20000, FEW = 2000; // vertices, points and marks that are drawn at once
  const CROWD = 1500; // points in a tile from which on they are put together before they are shown
  const SPECK = 1.5, OPAQUE = 96; // pixels of a radius, and of 255, how dense the edge of a mark in a crowd is
  const NEAR = 0.7; // pixels: a vertex nearer to the one before it is not seen
  const SEEN = 3; // pixels: a smaller area bears no outline, which would hide it
  const HATCH_PERIOD = 180; // every hatch repeats within it, in pixels of the page

  /* A tile as a piece of the world: steps of its north-west corner, pixels to a step, and the edges of what is drawn. */
  function view({ x, y, z }, side, ratio) {
    const steps = WORLD / (256 * 2 ** z), size = Math.round(side * ratio), margin = 40 * ratio;
    const west = x * side * steps, north = y * side * steps, reach = 40 * steps;
    return {
      west, north, ratio, size, zoom: z, scale: ratio / steps, low: -margin, high: size + margin,
      shift: [-((x * side) % HATCH_PERIOD) * ratio, -((y * side) % HATCH_PERIOD) * ratio],
      box: { west: west - reach, north: north - reach, east: west + side * steps + reach, south: north + side * steps + reach },
    };
  }

  /* Adds a line or ring to the path of the canvas and returns how many vertices it has. Those between two others on the
     same outer side of the tile are left out: what is seen stays the same, and a coast costs a tile only its own bay. */
  function trace(context, { x, y, start }, run, { west, north, scale, low, high }, closed) {
    const from = start[run], to = start[run + 1];
    let drawnX = 0, drawnY = 0, sides = 0, waits = false, waitX = 0, waitY = 0, waitSide = 0;
    for (let at = from; at < to; at++) {
      const px = (x[at] - west) * scale, py = (y[at] - north) * scale;
      const side = (px < low ? 1 : 0) | (px > high ? 2 : 0) | (py < low ? 4 : 0) | (py > high ? 8 : 0);
      if (at === from) context.moveTo(px, py);
      else {
        if (waits && !(sides & side)) {
          context.lineTo(waitX, waitY);
          drawnX = waitX;
          drawnY = waitY;
          sides = waitSide;
          waits = false;
        }
        if (sides & side) {
          waits = true;
          waitX = px;
          waitY = py;
          waitSide = side;
          sides &= side;
          continue;
        }
        if (at < to - 1 && Math.abs(px - drawnX) < NEAR && Math.abs(py - drawnY) < NEAR) continue;
        context.lineTo(px, py);
      }
      drawnX = px;
      drawnY = py;
      sides = side;
    }
    if (waits) context.lineTo(waitX, waitY);
    // A browser looks over the whole path at each closePath.
    if (closed) context.lineTo((x[from] - west) * scale, (y[from] - north) * scale);
    return to - from;
  }

  /* Runs of one class after the other; where areas lie on each other, in their own order, a class at a time. */
  function groups(set, runs) {
    const found = [], of = new Map(), { owner } = set.shape, stacked = set.block.look.stacked;
    let last = null;
    for (const run of runs) {
      if (!set.drawn(owner[run])) continue;
      const kind = set.kind(owner[run]);
      let group = stacked ? (last && last[0] === kind ? last : null) : of.get(kind);
      if (!group) {
        group = [kind, []];
        of.set(kind, group);
        found.push(group);
      }
      last = group;
      group[1].push(run);
    }
    return stacked ? found : found.sort((a, b) => set.ranks[a[0]] - set.ranks[b[0]]);
  }

  function hatched(context, paint, view) {
    if (!paint.hatch) return;
    context.save();
    context.setTransform(view.ratio, 0, 0, view.ratio, ...view.shift);
    context.globalAlpha = 1;
    context.fillStyle = gisplan.hatch.pattern(context, paint.hatch.name, paint.hatch.ink, view.ratio);
    context.fill("nonzero");
    context.restore();
  }

  /* Rings are turned so that those around ground go one way and those around holes the other: then many areas are
     filled at once, and where two lie on each other neither becomes a hole. */
  function* fill(context, set, view, paint, runs, outlined) {
    for (let at = 0; at < runs.length; ) {
      context.beginPath();
      for (let work = 0; at < runs.length && work < PIECE; at++) {
        work += trace(context, set.shape, runs[at], view, true) + 4;
      }
      context.globalAlpha = paint.opacity;
      context.fillStyle = paint.fill;
      context.fill("nonzero");
      hatched(context, paint, view);
      if (outlined && paint.width) {
        context.globalAlpha = 0.95;
        context.strokeStyle = paint.line;
        context.lineWidth = paint.width * view.ratio;
        context.setLineDash(paint.dash.map((part) => part * view.ratio));
        context.stroke();
      }
      yield;
    }
  }

  function* areas(context, set, view) {
    const { owner } = set.shape, boxes = set.bounds, least = (SEEN * view.ratio) / view.scale;
    const seen = (run) => {
      const at = 4 * owner[run];
      return Math.max(boxes[at + 2] - boxes[at], boxes[at + 3] - boxes[at + 1]) >= least;
    };
    for (const [kind, runs] of groups(set, set.index.within(view.box))) {
      const paint = set.paint(kind);
      yield* fill(context, set, view, paint, runs.filter((run) => !seen(run)), false);
      yield* fill(context, set, view, paint, runs.filter(seen), true);
    }
  }

  function* lines(context, set, view) {
    context.lineJoin = "round";
    for (const [kind, runs] of groups(set, set.index.within(view.box))) {
      const paint = set.paint(kind);
      // A dash begins at the first vertex: it meets its continuation in the next tile only where none is left out.
      const all = paint.dash.length ? { ...view, low: -Infinity, high: Infinity } : view;
      context.lineCap = paint.flat ? "butt" : "round";
      context.globalAlpha = paint.opacity;
      context.strokeStyle = paint.fill;
      context.lineWidth = paint.width * set.wide(view.zoom) * view.ratio;
      context.setLineDash(paint.dash.map((part) => part * view.ratio));
      for (let at = 0; at < runs.length; ) {
        context.beginPath();
        for (let work = 0; at < runs.length && work < PIECE; at++) work += trace(context, set.shape, runs[at], all, false) + 4;
        context.stroke();
        yield;
      }
    }
  }

  /* ---- points ---- */

  function rgba(colour) {
    const part = (from) => parseInt(colour.slice(from, from + 2), 16);
    return ((255 << 24) | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
  }

  /* Points of a pixel or two, straight into a picture. */
  function* specks(context, set, view, stretches, radius) {
    const { x, y, owner } = set.shape, { west, north, scale, size } = view;
    const side = Math.max(1, Math.round(2 * radius * view.ratio)), back = side >> 1;
    const picture = new ImageData(size, size), pixels = new Uint32Array(picture.data.buffer);
    const colours = set.kinds().map((kind) => rgba(set.paint(kind).fill));
    let work = 0;
    for (const [from, to] of stretches) {
      for (let at = from; at < to; at++) {
        const feature = owner ? owner[at] : at;
        if (!set.drawn(feature)) continue;
        const left = Math.floor((x[at] - west) * scale) - back, top = Math.floor((y[at] - north) * scale) - back;
        if (left <= -side || top <= -side || left >= size || top >= size) continue;
        const colour = colours[set.kind(feature)];
        for (let py = Math.max(0, top); py < Math.min(size, top + side); py++) {
          for (let px = Math.max(0, left); px < Math.min(size, left + side); px++) pixels[py * size + px] = colour;
        }
      }
      work += to - from;
      if (work > POINTS) {
        work = 0;
        yield;
      }
    }
    context.putImageData(picture, 0, 0);
  }

  function outline(context, symbol, centre, radius) {
    context.beginPath();
    const corners = gisplan.outlines[symbol];
    if (corners) {
      corners.forEach(([x, y], at) => context[at ? "lineTo" : "moveTo"](centre + x * radius, centre + y * radius));
      context.closePath();
    } else context.arc(centre, centre, radius, 0, 2 * Math.PI);
  }

  function sprite(set, kind, radius, ratio) {
    const key = [kind, radius, ratio].join(" ");
    if (set.sprites.has(key)) return set.sprites.get(key);
    const paint = set.paint(kind), reach = radius * paint.radius * ratio, line = (radius < 3 ? 0.5 : 1) * ratio;
    const canvas = document.createElement("canvas"), centre = Math.ceil(1.3 * reach + line) + 0.5;
    canvas.width = canvas.height = 2 * Math.ceil(centre);
    const context = canvas.getContext("2d");
    outline(context, set.symbol, centre, reach);
    context.globalAlpha = Math.max(0.85, paint.opacity);
    context.fillStyle = paint.fill;
    context.fill();
    context.globalAlpha = 0.95;
    context.lineWidth = line;
    context.strokeStyle = "#ffffff";
    context.stroke();
    if (paint.hatch) gisplan.hatch.mark(context, paint.hatch.name, paint.hatch.ink, centre, centre, reach);
    const made = { canvas, back: centre };
    set.sprites.set(key, made);
    return made;
  }

  /* The pixels of a sprite that show something, as places beside its middle and colours. */
  function stamp(set, kind, radius, ratio, size) {
    const { canvas, back } = sprite(set, kind, radius, ratio), side = canvas.width;
    if (!canvas.stamps) canvas.stamps = new Map();
    if (canvas.stamps.has(size)) return canvas.stamps.get(size);
    const copy = document.createElement("canvas");
    copy.width = copy.height = side;
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const held = new Uint32Array(context.getImageData(0, 0, side, side).data.buffer), places = [], colours = [];
    held.forEach((colour, at) => {
      if (colour >>> 24 < OPAQUE) return;
      places.push(Math.floor(at / side) * size + (at % side));
      colours.push((colour | 0xff000000) >>> 0);
    });
    const made = { places: Int32Array.from(places), colours: Uint32Array.from(colours), back, side };
    canvas.stamps.set(size, made);
    return made;
  }

  /* Many marks, pixel by pixel into a picture with a margin: a browser takes ten times as long to draw them one by one. */
  function* crowd(context, set, view, stretches, radius) {
    const { x, y, owner } = set.shape, { west, north, scale, size, ratio } = view;
    const margin = set.reach(radius) * ratio + 2, whole = size + 2 * margin;
    const picture = new ImageData(whole, whole), pixels = new Uint32Array(picture.data.buffer);
    const stamps = set.kinds().map((kind) => stamp(set, kind, radius, ratio, whole));
    let work = 0;
    for (const [from, to] of stretches) {
      for (let at = from; at < to; at++) {
        const feature = owner ? owner[at] : at;
        if (!set.drawn(feature)) continue;
        const { places, colours, back, side } = stamps[set.kind(feature)];
        const left = Math.round((x[at] - west) * scale - back) + margin, top = Math.round((y[at] - north) * scale - back) + margin;
        if (left < 0 || top < 0 || left + side > whole || top + side > whole) continue;
        const corner = top * whole + left;
        for (let place = 0; place < places.length; place++) pixels[corner + places[place]] = colours[place];
      }
      work += to - from;
      if (work > POINTS) {
        work = 0;
        yield;
      }
    }
    context.putImageData(picture, -margin, -margin);
  }

  function* marks(context, set, view, stretches, radius) {
    const { x, y, owner } = set.shape, { west, north, scale, size, ratio } = view, reach = set.reach(radius) * ratio;
    let work = 0;
    for (const [from, to] of stretches) {
      for (let at = from; at < to; at++) {
        const feature = owner ? owner[at] : at;
        if (!set.drawn(feature)) continue;
        const px = (x[at] - west) * scale, py = (y[at] - north) * scale;
        if (px < -reach || py < -reach || px > size + reach || py > size + reach) continue;
        const { canvas, back } = sprite(set, set.kind(feature), radius, ratio);
        context.drawImage(canvas, Math.round(px - back), Math.round(py - back));
        work++;
      }
      if (work > FEW) {
        work = 0;
        yield;
      }
    }
  }

  function* points(context, set, view) {
    const stretches = [...set.index.stretches(view.box)], radius = set.radius(view.zoom);
    const many = stretches.reduce((sum, [from, to]) => sum + to - from, 0) > CROWD;
    const draw = radius * view.ratio < SPECK ? specks : many ? crowd : marks;
    yield* draw(context, set, view, stretches, radius);
  }

  const painters = { points, lines, areas };

  /* Draws one layer into a tile that is empty. */
  gisplan.canvas.paint = function* (context, set, coords, side, ratio) {
    yield* painters[set.block.family](context, set, view(coords, side, ratio));
  };
  gisplan.canvas.WORLD = WORLD;
})();
