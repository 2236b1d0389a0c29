/* Which of the names on the map are shown, and on which side of their signs. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const RIGHT = 2, LEFT = 6, BELOW = 6; // margins of Leaflet's tooltips [px]
  const AIR = 3; // pixels of the box of a sign that hold nothing of it
  const meet = (box, other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
  const first = (set) => (set.symbol === "chosen" ? 0 : set.block.kind === "polygon" ? 1 : 2);

  /* The boxes of all signs that are seen, each with its marker. */
  function signs(sets) {
    const found = [];
    for (const set of sets) {
      if (!set.on || !set.signs || set.faded === 0) continue;
      for (const marker of set.features.flatMap((feature) => feature.drawn)) {
        const sign = marker.getElement();
        if (!sign) continue;
        const { left, top, right, bottom } = sign.getBoundingClientRect();
        found.push({ marker, left: left + AIR, top: top + AIR, right: right - AIR, bottom: bottom - AIR });
      }
    }
    return found;
  }

  /* An area that is a speck beside its own name is named when it is larger. */
  function tooWide(map, set, tip, width) {
    if (!tip.around) return false;
    const [west, east] = [tip.around.getSouthWest(), tip.around.getNorthEast()].map((place) => map.latLngToLayerPoint(place).x);
    return east - west < set.block.look.room * width;
  }

  /* Where a name may stand, and its offset there: over its area, or right of its sign, left of it or below it, where the
     edge of the map cuts none. */
  function sides(map, tip, { left, top, width, height }) {
    const own = tip.options, view = map.getContainer().getBoundingClientRect();
    if (tip.around) return [[own, { left, top, right: left + width, bottom: top + height }]];
    const { x, y } = map.latLngToContainerPoint(tip.getLatLng()), { aside, rise, under } = tip.room;
    const at = (direction, across, down, from, high) => [{ direction, offset: [across, down] },
      { left: view.left + x + from, right: view.left + x + from + width, top: view.top + y + high, bottom: view.top + y + high + height }];
    return [
      at("right", aside, rise, aside + RIGHT, rise - height / 2),
      at("left", -aside, rise, -aside - LEFT - width, rise - height / 2),
      at("bottom", 0, under, -width / 2, under + BELOW),
    ].filter(([, place]) => place.left >= view.left && place.right <= view.right && place.top >= view.top && place.bottom <= view.bottom);
  }

  /* Of labels that would lie over each other or over a sign one stays, hubs chosen before areas and areas before points;
     more zoom brings the others back. */
  gisplan.PlanAtlas.prototype.declutter = function () {
    const { map } = this, kept = [], taken = signs(this.sets), found = [];
    for (const set of [...this.sets].reverse().sort((a, b) => first(a) - first(b))) {
      if (!set.on) continue;
      for (const tip of set.labels) {
        const label = tip.getElement();
        if (!label) continue;
        const box = label.getBoundingClientRect(), hidden = !set.has(tip.at) || set.faded === 0 || tooWide(map, set, tip, box.width);
        const free = (place) => !kept.some((other) => meet(place, other)) && !taken.some((sign) => sign.marker !== tip._source && meet(place, sign));
        const side = hidden ? undefined : sides(map, tip, box).find(([, place]) => free(place));
        if (side) kept.push(side[1]);
        found.push([tip, label, side]);
      }
    }
    // All are measured before one of them moves, or the page would be laid out anew for each.
    for (const [tip, label, side] of found) {
      label.classList.toggle("gp-hidden", !side);
      if (!side || tip.around || (side[0].direction === tip.options.direction && side[0].direction === "right")) continue;
      Object.assign(tip.options, side[0]);
      tip._updatePosition(); // a name that does not begin at its sign stands elsewhere in the other language
    }
  };
})();
