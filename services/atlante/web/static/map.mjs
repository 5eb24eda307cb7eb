// The choropleth: one layer of vector tiles, coloured by the classes that the server computed.

import { Map as MapLibre } from "./vendor/maplibre-gl/maplibre-gl.mjs";
import { dots, hatch } from "./patterns.mjs";

const SEA = "#e6edf3";
const BORDER = "#6b7c90";
const DARK = "#10243e";
const SELECTED = "#c2255c";
const SUPPRESSED = "#d9d9d9";
const NOT_AVAILABLE = "#ffffff";
const PADDING = 24;
const CLOSEST = 10; // zoom at which a single small municipality is shown
const DEEPEST_TILES = 14; // beyond, the same tiles are drawn larger

/** Draw a map into an element; resolve once it can be drawn at all. */
export async function createMap(element, first, select) {
  const map = new MapLibre({
    container: element,
    style: { version: 8, sources: {}, layers: [{ id: "sea", type: "background", paint: { "background-color": SEA } }] },
    bounds: first.bounds,
    fitBoundsOptions: { padding: PADDING },
    attributionControl: false, // sources and licences stand on the page, in words
    dragRotate: false,
    pitchWithRotate: false,
    maxPitch: 0,
    cancelPendingTileRequestsWhileZooming: true,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  await map.once("style.load");
  map.addImage("hatch", hatch(DARK));
  map.addImage("dots", dots(DARK));
  const atlas = new Atlas(map, element, select);
  atlas.update(first, { moves: true });
  return atlas;
}

class Atlas {
  #map;
  #element;
  #select;
  #settings = {};
  #hovered = null;

  constructor(map, element, select) {
    [this.#map, this.#element, this.#select] = [map, element, select];
    map.on("mousemove", (event) => this.#hover(event));
    map.on("mouseout", () => this.#hover(null));
    map.on("click", (event) => this.#select(this.#placeAt(event)?.properties.code ?? null));
    map.on("idle", () => { element.dataset.state = "drawn"; });
    const zoom = document.getElementById("zoom");
    zoom.hidden = false;
    zoom.addEventListener("click", (event) => this.#zoom(event.target.dataset.zoom));
  }

  /** Show other settings; `moves`: go to the selected territory if it is out of sight or tiny. */
  update(settings, { moves }) {
    const before = this.#settings;
    this.#settings = settings;
    this.#element.dataset.state = "drawing";
    this.#map.getCanvas().setAttribute("aria-label", settings.label);
    this.#hover(null);
    if (settings.tiles !== before.tiles) this.#replaceSource();
    else this.#recolour();
    this.#map.setFilter("selected", ["==", ["get", "code"], settings.selected ?? ""]);
    if (moves && settings.selectedBounds && settings.selected !== before.selected) this.#goTo(settings.selectedBounds);
    this.#map.triggerRepaint(); // an update that changes no pixel still ends in "idle"
  }

  #replaceSource() {
    const { tiles, collection, bounds } = this.#settings;
    const layers = this.#layers();
    for (const { id } of [...layers].reverse()) if (this.#map.getLayer(id)) this.#map.removeLayer(id);
    if (this.#map.getSource("places")) this.#map.removeSource("places");
    this.#map.addSource("places", { type: "vector", tiles: [location.origin + tiles], bounds, maxzoom: DEEPEST_TILES });
    for (const layer of layers) this.#map.addLayer({ ...layer, source: "places", "source-layer": collection });
  }

  #recolour() {
    for (const { id, filter, paint } of this.#layers()) {
      if (filter) this.#map.setFilter(id, filter);
      if (id === "value") this.#map.setPaintProperty(id, "fill-color", paint["fill-color"]);
    }
  }

  /** The layers from bottom to top. What is suppressed comes after all values, so that no border hides its outline. */
  #layers() {
    const { indicator, selected } = this.#settings;
    const is = (status) => ["==", ["get", `${indicator}_status`], status];
    const wide = (thin, thick) => ["interpolate", ["linear"], ["zoom"], 4, thin, 10, thick];
    return [
      { id: "value", type: "fill", paint: { "fill-color": this.#colour(), "fill-antialias": false } },
      { id: "low-reliability", type: "fill", filter: is("low-reliability"), paint: { "fill-pattern": "dots" } },
      { id: "border", type: "line", paint: { "line-color": BORDER, "line-width": wide(0.3, 1) } },
      { id: "not-available", type: "line", filter: is("not-available"), paint: { "line-color": DARK, "line-width": 1, "line-dasharray": [1, 2] } },
      { id: "suppressed", type: "fill", filter: is("suppressed"), paint: { "fill-pattern": "hatch" } },
      { id: "suppressed-outline", type: "line", filter: is("suppressed"), paint: { "line-color": DARK, "line-width": wide(0.6, 1.6) } },
      { id: "hovered", type: "line", filter: ["==", ["get", "code"], ""], paint: { "line-color": DARK, "line-width": 2 } },
      { id: "selected", type: "line", filter: ["==", ["get", "code"], selected ?? ""], layout: { "line-join": "round" }, paint: { "line-color": SELECTED, "line-width": 3 } },
    ];
  }

  #colour() {
    const { indicator, lows, colours } = this.#settings;
    const classes = colours.flatMap((colour, position) => (position ? [lows[position], colour] : [colour]));
    const byValue = colours.length > 1 ? ["step", ["get", indicator], ...classes] : (colours[0] ?? NOT_AVAILABLE);
    const isSuppressed = ["==", ["get", `${indicator}_status`], "suppressed"];
    return ["case", isSuppressed, SUPPRESSED, ["has", indicator], byValue, NOT_AVAILABLE];
  }

  #placeAt(event) {
    return this.#map.queryRenderedFeatures(event.point, { layers: ["value"] })[0] ?? null;
  }

  #hover(event) {
    if (!this.#map.getLayer("hovered")) return;
    const place = event && this.#placeAt(event);
    const code = place?.properties.code ?? null;
    const hint = document.getElementById("hint");
    hint.hidden = !place;
    this.#map.getCanvasContainer().classList.toggle("is-over-place", Boolean(place));
    if (code !== this.#hovered) this.#map.setFilter("hovered", ["==", ["get", "code"], code ?? ""]);
    this.#hovered = code;
    if (!place) return;
    const name = document.createElement("b");
    name.textContent = place.properties.name;
    hint.replaceChildren(name, this.#describe(place.properties));
    const leftward = event.point.x + hint.offsetWidth + PADDING > this.#element.clientWidth;
    const x = event.point.x + (leftward ? -hint.offsetWidth - 12 : 12);
    hint.style.transform = `translate(${x}px, ${event.point.y + 12}px)`;
  }

  #describe(properties) {
    const { indicator, isShare, digits, language, statuses } = this.#settings;
    const value = properties[indicator];
    const status = properties[`${indicator}_status`];
    if (value === undefined) return statuses[status];
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, style: isShare ? "percent" : "decimal" };
    const number = new Intl.NumberFormat(language, options).format(value);
    return status === "value" ? number : `${number} (${statuses[status]})`;
  }

  #zoom(direction) {
    if (direction === "in") this.#map.zoomIn();
    else if (direction === "out") this.#map.zoomOut();
    else if (direction === "home") this.#map.fitBounds(this.#settings.bounds, { padding: PADDING });
  }

  #goTo([west, south, east, north]) {
    const seen = this.#map.getBounds();
    const isSeen = seen.contains([west, south]) && seen.contains([east, north]);
    const isTiny = (east - west) / (seen.getEast() - seen.getWest()) < 0.02;
    if (!isSeen || isTiny) this.#map.fitBounds([west, south, east, north], { padding: 4 * PADDING, maxZoom: CLOSEST });
  }
}
