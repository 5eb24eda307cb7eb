// The page is rendered by the server. This module changes what is shown without loading it anew, and starts the map.

const mapElement = document.getElementById("map");
let map = null; // null until WebGL is known to work
let latest = null; // the request on its way, if any: a newer one ends it

document.documentElement.classList.add("is-enhanced");
document.addEventListener("click", onClick);
document.addEventListener("change", onChange);
document.addEventListener("submit", onSubmit);
addEventListener("popstate", () => swap(location.href, { moves: true }));
startMap();

async function startMap() {
  const message = document.getElementById("map-message");
  try {
    const { createMap } = await import("./map.mjs");
    map = await createMap(mapElement, settings(), select);
    message.remove();
  } catch (error) {
    message.textContent = message.dataset.failed;
    mapElement.dataset.state = "failed";
    console.warn(error);
  }
}

function settings() {
  return { ...JSON.parse(mapElement.dataset.map), label: mapElement.dataset.label };
}

/** Select a territory; null selects none. */
function select(code) {
  const url = new URL(location.href);
  if (code) url.searchParams.set("territory", code);
  else url.searchParams.delete("territory");
  go(url.href, { moves: false });
}

function onClick(event) {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.href, { moves: true });
}

function onChange(event) {
  if (event.target.matches("select, input[type=radio]")) event.target.form?.requestSubmit();
}

function onSubmit(event) {
  if (!event.target.matches("form[data-swap]")) return;
  event.preventDefault();
  const url = new URL(event.target.action);
  const given = [...new FormData(event.target)].filter(([, value]) => value !== "");
  url.search = new URLSearchParams(given);
  go(url.href, { moves: true });
}

async function go(href, how) {
  if (await swap(href, how)) history.pushState(null, "", href);
}

/** Show another state of the page; `moves`: the map goes to the selected territory. Return whether it is shown. */
async function swap(href, { moves }) {
  latest?.abort();
  latest = new AbortController();
  try {
    const response = await fetch(href, { signal: latest.signal });
    if (!response.ok) throw new Error(`${response.status} ${href}`);
    show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch (error) {
    if (error.name !== "AbortError") location.assign(href); // the browser says best what is wrong
    return false;
  }
  map?.update(settings(), { moves });
  return true;
}

function show(fresh) {
  const focused = document.activeElement?.id;
  for (const part of document.querySelectorAll("[data-live]")) {
    part.replaceWith(fresh.querySelector(`[data-live="${part.dataset.live}"]`));
  }
  for (const part of document.querySelectorAll("[data-live-text]")) {
    part.textContent = fresh.getElementById(part.id).textContent; // the same element, or nobody would hear it
  }
  document.title = fresh.title;
  Object.assign(mapElement.dataset, { ...fresh.getElementById("map").dataset });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
