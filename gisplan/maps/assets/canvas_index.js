/* Where the features of a layer are: a grid over the steps on which they lie, for drawing and for what is under a finger. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const IN_A_CELL = 24, MOST_SIDE = 512, WIDE = 64;

  const clamp = (low, value, high) => Math.max(low, Math.min(high, value));

  function extent(x, y) {
    let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
    for (let at = 0; at < x.length; at++) {
      if (x[at] < west) west = x[at];
      if (x[at] > east) east = x[at];
      if (y[at] < north) north = y[at];
      if (y[at] > south) south = y[at];
    }
    return x.length ? { west, north, east, south } : { west: 0, north: 0, east: 0, south: 0 };
  }

  class Grid {
    /* Square cells with sides of a power of two: so each is one stretch of Morton's curve. */
    constructor(x, y, count) {
      const { west, north, east, south } = extent(x, y);
      const bits = 32 - Math.clz32(Math.max(east - west, south - north));
      const side = clamp(1, 2 ** Math.ceil(Math.log2(Math.sqrt(count / IN_A_CELL + 1))), MOST_SIDE);
      this.west = west;
      this.north = north;
      this.shift = Math.max(0, bits - Math.log2(side));
      this.columns = ((east - west) >> this.shift) + 1;
      this.rows = ((south - north) >> this.shift) + 1;
    }

    /* The cells that a box touches as [first column, last, first row, last]; null where it touches none. */
    cells({ west, north, east, south }) {
      const cell = 2 ** this.shift;
      const left = Math.floor((west - this.west) / cell), right = Math.floor((east - this.west) / cell);
      const top = Math.floor((north - this.north) / cell), bottom = Math.floor((south - this.north) / cell);
      if (right < 0 || bottom < 0 || left >= this.columns || top >= this.rows) return null;
      return [Math.max(0, left), Math.min(this.columns - 1, right), Math.max(0, top), Math.min(this.rows - 1, bottom)];
    }
  }

  /* Points stand in the order of the curve: a cell holds those from `from` to `to`. */
  class PointIndex {
    constructor({ x, y }) {
      const grid = (this.grid = new Grid(x, y, x.length));
      this.from = new Uint32Array(grid.columns * grid.rows);
      this.to = new Uint32Array(grid.columns * grid.rows);
      for (let at = 0, before = -1; at < x.length; at++) {
        const cell = ((y[at] - grid.north) >> grid.shift) * grid.columns + ((x[at] - grid.west) >> grid.shift);
        if (cell !== before) this.from[cell] = at;
        this.to[cell] = at + 1;
        before = cell;
      }
    }

    /* Stretches of points that hold all those of a box, and a few around it. */
    *stretches(box) {
      const found = this.grid.cells(box);
      if (!found) return;
      const [left, right, top, bottom] = found;
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          const cell = row * this.grid.columns + column;
          if (this.to[cell]) yield [this.from[cell], this.to[cell]];
        }
      }
    }
  }

  /* Lines and rings by the boxes around them: a cell lists those that touch it; very wide ones are asked each time. */
  class RunIndex {
    constructor(shape) {
      const count = shape.owner.length;
      this.boxes = boxes(shape);
      this.grid = new Grid(shape.x, shape.y, count);
      this.seen = new Uint32Array(count);
      this.turn = 0;
      this.wide = [];
      const cells = this.grid.columns * this.grid.rows, held = new Uint32Array(cells + 1);
      const each = (tell) => {
        for (let run = 0; run < count; run++) {
          const found = shape.start[run] < shape.start[run + 1] ? this.grid.cells(this.box(run)) : null;
          if (found) tell(run, found);
        }
      };
      const broad = ([left, right, top, bottom]) => (right - left + 1) * (bottom - top + 1) > WIDE;
      const over = ([left, right, top, bottom], tell) => {
        for (let row = top; row <= bottom; row++) for (let column = left; column <= right; column++) tell(row * this.grid.columns + column);
      };
      each((run, found) => { if (broad(found)) this.wide.push(run); else over(found, (cell) => { held[cell + 1]++; }); });
      for (let cell = 0; cell < cells; cell++) held[cell + 1] += held[cell];
      this.held = held;
      this.runs = new Uint32Array(held[cells]);
      const next = held.slice(0, cells);
      each((run, found) => { if (!broad(found)) over(found, (cell) => { this.runs[next[cell]++] = run; }); });
    }

    box(run) {
      const at = 4 * run;
      return { west: this.boxes[at], north: this.boxes[at + 1], east: this.boxes[at + 2], south: this.boxes[at + 3] };
    }

    touches(run, { west, north, east, south }) {
      const at = 4 * run, held = this.boxes;
      return held[at] <= east && held[at + 2] >= west && held[at + 1] <= south && held[at + 3] >= north;
    }

    /* The lines and rings whose boxes touch a box, in their order. */
    within(box) {
      const found = this.wide.filter((run) => this.touches(run, box)), cells = this.grid.cells(box);
      if (!cells) return found;
      const turn = ++this.turn, [left, right, top, bottom] = cells;
      for (let row = top; row <= bottom; row++) {
        const from = this.held[row * this.grid.columns + left], to = this.held[row * this.grid.columns + right + 1];
        for (let at = from; at < to; at++) {
          const run = this.runs[at];
          if (this.seen[run] === turn) continue;
          this.seen[run] = turn;
          if (this.touches(run, box)) found.push(run);
        }
      }
      return Uint32Array.from(found).sort();
    }
  }

  function boxes({ x, y, start }) {
    const count = start.length - 1, made = new Int32Array(4 * count);
    for (let run = 0; run < count; run++) {
      let west = 2 ** 30, north = 2 ** 30, east = -1, south = -1;
      for (let at = start[run]; at < start[run + 1]; at++) {
        if (x[at] < west) west = x[at];
        if (x[at] > east) east = x[at];
        if (y[at] < north) north = y[at];
        if (y[at] > south) south = y[at];
      }
      made.set([west, north, east, south], 4 * run);
    }
    return made;
  }

  /* The box around each feature, from those of its runs. */
  function around(index, { first }) {
    const count = first.length - 1, made = new Int32Array(4 * count);
    for (let feature = 0; feature < count; feature++) {
      let west = 2 ** 30, north = 2 ** 30, east = -1, south = -1;
      for (let run = first[feature]; run < first[feature + 1]; run++) {
        const box = index.box(run);
        west = Math.min(west, box.west);
        north = Math.min(north, box.north);
        east = Math.max(east, box.east);
        south = Math.max(south, box.south);
      }
      made.set([west, north, east, south], 4 * feature);
    }
    return made;
  }

  Object.assign(gisplan.canvas, { PointIndex, RunIndex, around });
})();
