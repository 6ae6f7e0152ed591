// The list of clips: filtered, sorted, and only as many rows on the page as can be seen.

import { make } from "./parts.js";

const ROW_PX = 52;
const SPARE = 4; // rows beyond what is seen

export const LISTS = {
  all: () => true,
  "to review": (row) => row.status === "to review" || row.status === "waiting",
  suspicious: (row) => row.suspicious,
  rejected: (row) => row.status === "rejected",
  flagged: (row) => row.status === "flagged",
  approved: (row) => row.status === "approved",
  undecided: (row) => row.status === "waiting" || row.status === "disagreed",
  silent: (row) => !row.source,
};

const SIGNS = { approved: "✓", rejected: "✗", flagged: "⚑", disagreed: "≠", waiting: "◐", "to review": "○" };

export function sign(status) {
  return SIGNS[status] ?? "";
}

// Rows in the order they are to be heard.
export function chosen(rows, { show, voice, category, words, order }) {
  const fits = LISTS[show] ?? LISTS.all;
  const sought = words.normalize("NFC").toLowerCase().trim();
  const found = rows.filter(
    (row) =>
      fits(row) &&
      (!voice || row.voice === voice) &&
      (!category || row.category === category) &&
      (!sought || `${row.key} ${row.text} ${row.ipa}`.toLowerCase().includes(sought)),
  );
  if (order === "suspicious") {
    const weight = (row) => row.suspicion + (row.suspicious ? 1 : 0);
    found.sort((a, b) => weight(b) - weight(a));
  }
  return found;
}

export class Listing {
  constructor(box, id, onChoose) {
    this.box = box;
    this.id = id;
    this.rows = [];
    this.place = -1;
    this.inside = box.appendChild(make("div", { class: "vm-rows", role: "presentation" }));
    box.addEventListener("scroll", () => this.#draw());
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-place]");
      if (row) onChoose(Number(row.dataset.place));
    });
    this.watcher = new ResizeObserver(() => this.#draw());
    this.watcher.observe(box);
  }

  show(rows, place) {
    this.rows = rows;
    this.place = place;
    this.inside.style.height = `${rows.length * ROW_PX}px`;
    this.#reveal();
    this.#draw();
  }

  close() {
    this.watcher.disconnect();
  }

  #reveal() {
    if (this.place < 0) return;
    const top = this.place * ROW_PX;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop) this.box.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) this.box.scrollTop = top + ROW_PX - clientHeight;
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW_PX) - SPARE);
    const last = Math.min(this.rows.length, first + Math.ceil(this.box.clientHeight / ROW_PX) + 2 * SPARE);
    const places = new Set();
    for (let place = first; place < last; place++) places.add(place);
    if (this.place >= 0) places.add(this.place); // what is chosen is always there to be announced
    this.inside.replaceChildren(...[...places].sort((a, b) => a - b).map((place) => this.#row(place)));
    if (this.place >= 0) this.box.setAttribute("aria-activedescendant", `${this.id}-row-${this.place}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  #row(place) {
    const row = this.rows[place];
    const flags = [
      row.unsaved ? `${row.unsaved}, not saved yet` : "",
      row.suspicious ? "suspicious" : "",
      row.locked ? "locked" : "",
      row.source ? "" : "no audio",
      row.before ? `new clip, before: ${row.before}` : "",
      row.hidden ? `${row.hidden} other verdict` : "",
    ].filter(Boolean);
    return make(
      "div",
      {
        class: `vm-row vm-is-${row.status.replace(" ", "-")}`,
        id: `${this.id}-row-${place}`,
        role: "option",
        "aria-selected": String(place === this.place),
        "aria-setsize": this.rows.length,
        "aria-posinset": place + 1,
        "data-place": place,
        "data-key": row.key,
        style: `top: ${place * ROW_PX}px`,
      },
      make("span", { class: "vm-sign", "aria-hidden": "true" }, sign(row.status)),
      make("span", { class: "vm-name", dir: "auto" }, make("b", {}, row.key), " ", row.text === row.key ? "" : row.text),
      make("span", { class: "vm-small" }, [row.status, ...flags].join(" · ")),
    );
  }
}
