/* Reads layers whose numbers are packed: planes of bytes, deflated, in base64 (gisplan/maps/canvas/numbers.py). */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const HALF = 28, LOW = 2 ** HALF - 1;

  /* Browsers before 2023 do not have it; the page says so instead of an empty map. */
  const able = typeof DecompressionStream === "function";

  function bytesOf(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const signs = atob(text), made = new Uint8Array(signs.length);
    for (let at = 0; at < signs.length; at++) made[at] = signs.charCodeAt(at);
    return made;
  }

  async function inflated(text) {
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* Whole numbers from 0, in the narrowest array that holds them. */
  async function numbers(packed) {
    const { n, planes } = packed, bytes = await inflated(packed.data);
    if (planes <= 1) return planes ? bytes : new Uint8Array(n);
    const made = planes === 2 ? new Uint16Array(n) : new Uint32Array(n);
    for (let plane = 0; plane < planes; plane++) {
      const from = plane * n, shift = 8 * plane;
      for (let at = 0; at < n; at++) made[at] |= bytes[from + at] << shift;
    }
    return made;
  }

  /* Whole numbers of either sign: 0, 1, 2, 3 … are 0, -1, 1, -2 … . */
  async function signed(packed) {
    const found = await numbers(packed), made = new Int32Array(found.length);
    for (let at = 0; at < found.length; at++) made[at] = (found[at] >>> 1) ^ -(found[at] & 1);
    return made;
  }

  async function sums(packed) {
    const made = await signed(packed);
    for (let at = 1; at < made.length; at++) made[at] += made[at - 1];
    return made;
  }

  /* Every second bit of a number, close together. */
  function even(bits) {
    let x = bits & 0x55555555;
    x = (x | (x >>> 1)) & 0x33333333;
    x = (x | (x >>> 2)) & 0x0f0f0f0f;
    x = (x | (x >>> 4)) & 0x00ff00ff;
    return (x | (x >>> 8)) & 0x0000ffff;
  }

  /* Places along Morton's curve, each as its gap to the one before it. */
  async function places({ origin, low, high }) {
    const [lows, highs] = await Promise.all([numbers(low), numbers(high)]);
    const n = low.n, x = new Int32Array(n), y = new Int32Array(n), rise = HALF / 2;
    for (let at = 0, down = 0, up = 0; at < n; at++) {
      down += lows[at];
      up += highs[at];
      if (down > LOW) {
        down &= LOW;
        up++;
      }
      x[at] = origin[0] + (even(down) | (even(up) << rise));
      y[at] = origin[1] + (even(down >>> 1) | (even(up >>> 1) << rise));
    }
    return { x, y };
  }

  /* Where each group of a row of groups begins, from how many are in each; one more entry for the end. */
  function starts(counts) {
    const made = new Uint32Array(counts.length + 1);
    for (let at = 0; at < counts.length; at++) made[at + 1] = made[at] + counts[at];
    return made;
  }

  /* Lines and rings: the vertices of run r are start[r] to start[r + 1], and owner[r] is its feature. */
  async function runs(parts) {
    const [x, y, held, vertices] = await Promise.all([sums(parts.x), sums(parts.y), numbers(parts.runs), numbers(parts.vertices)]);
    const owner = new Uint32Array(vertices.length), first = starts(held);
    for (let feature = 0; feature < held.length; feature++) owner.fill(feature, first[feature], first[feature + 1]);
    return { x, y, owner, first, start: starts(vertices) };
  }

  async function column(held) {
    if (held.numbers) return { ...held, numbers: await signed(held.numbers) };
    const made = { ...held };
    for (const name in held.packed || {}) made[name] = JSON.parse(new TextDecoder().decode(await inflated(held.packed[name])));
    if (held.i) made.i = await numbers(held.i);
    return made;
  }

  /* The value of a row of a column; undefined where it has none. */
  function value(held, at) {
    if (held.d) return held.d[held.i[at]];
    if (held.v) return held.v[at];
    const number = held.numbers[at];
    return number === held.missing ? undefined : number / 10 ** held.decimals;
  }

  async function read(block) {
    const points = block.family === "points", names = Object.keys(block.columns);
    const [shape, owner, at, anchors, ...columns] = await Promise.all([
      points ? places(block.parts) : runs(block.parts),
      points && block.parts.owner ? numbers(block.parts.owner) : null,
      block.at ? numbers(block.at) : [],
      block.anchors ? Promise.all([sums(block.anchors.x), sums(block.anchors.y)]) : null,
      ...names.map((name) => column(block.columns[name])),
    ]);
    if (points) shape.owner = owner;
    return { shape, at, anchors, columns: Object.fromEntries(names.map((name, place) => [name, columns[place]])) };
  }

  gisplan.canvas = { able, read, value };
})();
