/* Lengths and areas on the ellipsoid GRS80, without a library.
   Lengths: T. Vincenty (1975), Direct and inverse solutions of geodesics on the ellipsoid, Survey Review 23 (176).
   Areas: the spherical excess over the great circles of the sphere of equal area (authalic latitudes; J. P. Snyder (1987),
   Map projections: a working manual, USGS Professional Paper 1395, eqs. 3-11 to 3-13). */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const A = 6378137, F = 1 / 298.257222101, B = A * (1 - F), E2 = F * (2 - F), E = Math.sqrt(E2);
  const RAD = Math.PI / 180, NEAR = 1e-12, MOST = 100;

  /* Metres between two places (degrees); NaN for places nearly opposite on the earth, where the series has no end. */
  function length(one, other) {
    const L = (other.lng - one.lng) * RAD;
    const u1 = Math.atan((1 - F) * Math.tan(one.lat * RAD)), u2 = Math.atan((1 - F) * Math.tan(other.lat * RAD));
    const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
    let lambda = L;
    for (let turn = 0; turn < MOST; turn++) {
      const sin = Math.hypot(c2 * Math.sin(lambda), c1 * s2 - s1 * c2 * Math.cos(lambda));
      if (sin === 0) return 0;
      const cos = s1 * s2 + c1 * c2 * Math.cos(lambda), sigma = Math.atan2(sin, cos);
      const alpha = (c1 * c2 * Math.sin(lambda)) / sin, square = 1 - alpha * alpha;
      const middle = square === 0 ? 0 : cos - (2 * s1 * s2) / square;
      const c = (F / 16) * square * (4 + F * (4 - 3 * square)), before = lambda;
      lambda = L + (1 - c) * F * alpha * (sigma + c * sin * (middle + c * cos * (2 * middle * middle - 1)));
      if (Math.abs(lambda - before) < NEAR) return B * series(square, sigma, sin, cos, middle);
    }
    return NaN;
  }

  function series(square, sigma, sin, cos, middle) {
    const u = (square * (A * A - B * B)) / (B * B);
    const a = 1 + (u / 16384) * (4096 + u * (u * (320 - 175 * u) - 768));
    const b = (u / 1024) * (256 + u * (u * (74 - 47 * u) - 128));
    const inner = cos * (2 * middle * middle - 1) - (b / 6) * middle * (4 * sin * sin - 3) * (4 * middle * middle - 3);
    return a * (sigma - b * sin * (middle + (b / 4) * inner));
  }

  const q = (sine) => (1 - E2) * (sine / (1 - E2 * sine * sine) + Math.atanh(E * sine) / E);
  const POLE = q(1), RADIUS = A * Math.sqrt(POLE / 2);
  const authalic = (lat) => Math.asin(Math.max(-1, Math.min(1, q(Math.sin(lat * RAD)) / POLE)));

  /* Square metres inside a ring of places (degrees), whichever way it runs. */
  function area(ring) {
    let excess = 0;
    ring.forEach((one, at) => {
      const other = ring[(at + 1) % ring.length], wide = Math.tan(((other.lng - one.lng) * RAD) / 2);
      const [low, high] = [Math.tan(authalic(one.lat) / 2), Math.tan(authalic(other.lat) / 2)];
      excess += 2 * Math.atan2(wide * (low + high), 1 + low * high);
    });
    return Math.abs(excess) * RADIUS * RADIUS;
  }

  gisplan.geodesy = { length, area };
})();
