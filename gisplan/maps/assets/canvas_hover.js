/* Layers on tiles among Leaflet's own: what lies over what, and what is lit under the pointer. */
(function () {
  "use strict";
  const gisplan = window.gisplan;
  const BOTTOM = 401, LIGHT = 590; // between Leaflet's tiles and its markers
  const GLOW = "#0b3d4f";

  function pane(map, name, height) {
    const found = map.getPane(name) || map.createPane(name);
    found.style.zIndex = height;
    return found;
  }

  /* Gives every layer its floor: one on tiles has its own, and those between two of them share a canvas of Leaflet. */
  gisplan.canvas.floors = function (map, sets) {
    const renderers = new Map();
    let height = BOTTOM, renderer = null;
    for (const set of sets) {
      if (set.block.tiles) {
        set.pane = "gisplan-" + ++height;
        pane(map, set.pane, height);
        renderer = null;
        continue;
      }
      if (!renderer) {
        const name = "gisplan-" + ++height;
        pane(map, name, height);
        renderer = new gisplan.Renderer({ padding: 0.3, tolerance: 4, pane: name });
      }
      renderers.set(set, renderer);
    }
    return renderers;
  };

  function rings(set, at) {
    const { x, y, first, start } = set.shape, found = [];
    for (let run = first[at]; run < first[at + 1]; run++) {
      const ring = [];
      for (let vertex = start[run]; vertex < start[run + 1]; vertex++) ring.push(gisplan.canvas.latlng(x[vertex], y[vertex]));
      found.push(ring);
    }
    return found;
  }

  function lit(map, set, at) {
    const paint = set.paint(set.kind(at)), zoom = map.getZoom(), lines = set.block.family === "lines";
    pane(map, "gisplan-light", LIGHT).style.pointerEvents = "none";
    const line = { pane: "gisplan-light", interactive: false, color: GLOW, fill: false, className: "gp-lit" };
    if (set.bounds) {
      const made = rings(set, at), weight = (lines ? paint.width * set.wide(zoom) : paint.width) + 1.6;
      return lines ? L.polyline(made, { ...line, weight }) : L.polygon(made, { ...line, weight });
    }
    const marks = Array.from(set.points(at), (point) => L.circleMarker(gisplan.canvas.latlng(set.shape.x[point], set.shape.y[point]),
      { ...line, weight: 2.6, radius: set.radius(zoom) * paint.radius + 1 }));
    return L.featureGroup(marks);
  }

  /* Lights what is on top under a pointer that hovers. */
  gisplan.canvas.hover = function (atlas) {
    const map = atlas.map, renderers = [...new Set(atlas.sets.map((set) => set.renderer).filter(Boolean))];
    let shown = null, over = null, asked = 0, passing = false;
    const dark = () => {
      if (shown) shown.remove();
      shown = over = null;
      map.getContainer().classList.remove("gp-over");
    };
    const look = (event) => {
      asked = 0;
      if (!map._loaded || (map.dragging && map.dragging.moving && map.dragging.moving())) return dark();
      const hit = top(atlas, map, event.layerPoint);
      if (hit && over && hit[0] === over[0] && hit[1] === over[1]) return undefined;
      dark();
      if (!hit) return undefined;
      over = hit;
      map.getContainer().classList.add("gp-over");
      shown = lit(map, ...hit).addTo(map);
      return undefined;
    };
    map.on("mousemove", (event) => {
      if (passing) return; // each canvas that is told tells the map again
      // Only the uppermost canvas of Leaflet hears of the pointer by itself.
      const heard = event.originalEvent;
      passing = true;
      for (const renderer of renderers) if (renderer._map && renderer._container !== heard.target) renderer._onMouseMove(heard);
      passing = false;
      if (!asked) asked = requestAnimationFrame(() => look(event));
    });
    const gone = () => {
      cancelAnimationFrame(asked);
      asked = 0;
      dark();
    };
    map.on("zoomstart movestart", gone);
    map.getContainer().addEventListener("mouseleave", gone); // a canvas of Leaflet keeps it from the map
  };

  /* The uppermost feature on tiles, where no path of Leaflet lies above it. */
  function top(atlas, map, point) {
    for (const set of [...atlas.sets].reverse()) {
      if (!set.on || set.land || set.signs) continue;
      if (!set.block.tiles) {
        const held = set.renderer && set.renderer._hoveredLayer;
        if (held && held.options.set === set) return null;
        continue;
      }
      const [hit] = set.under(map, point);
      if (hit) return hit;
    }
    return null;
  }
})();
