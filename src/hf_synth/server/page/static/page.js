"use strict";
// Follows a job: what the server drew of it takes the place of what is shown, part by part, where it differs.

const live = document.getElementById("live");
const said = document.getElementById("said");
const pause = document.getElementById("pause");
let source = null;
let ended = !live || !live.dataset.events;
let paused = false;
let last = live && live.querySelector("[data-say]").dataset.say;

function show(text) {
  const drawn = new DOMParser().parseFromString(text, "text/html"); // inert: nothing in it runs or loads
  for (const part of drawn.querySelectorAll("[data-part]")) {
    const old = live.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old.isEqualNode(part)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
    old.replaceWith(document.adoptNode(part));
    if (focused !== null) (document.getElementById(focused) || document.querySelector("h1")).focus();
  }
  const status = live.querySelector("[data-say]");
  if (status.dataset.say !== last) said.textContent = last = status.dataset.say; // figures are not read out
  if ("ended" in status.dataset) {
    ended = true;
    stop();
    const focused = document.activeElement === pause;
    pause.hidden = true;
    if (focused) document.querySelector("h1").focus();
  }
}

function stop() {
  if (source) source.close();
  source = null;
}

function follow() {
  if (ended || paused || source || document.hidden) return;
  source = new EventSource(live.dataset.events);
  source.addEventListener("job", (event) => show(event.data));
  source.addEventListener("error", () => {
    if (source && source.readyState === EventSource.CLOSED) {
      source = null;
      said.textContent = "Updates have ended. Refresh the page to see more.";
      pause.hidden = true;
    }
  });
}

if (!ended) {
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    if (paused) stop();
    else follow();
  });
  // A browser has few connections to a server: a tab that nobody sees leaves its own to others.
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : follow()));
  window.addEventListener("pagehide", stop);
  follow();
}
