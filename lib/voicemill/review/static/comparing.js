// Blind listening: plays two clips, takes a choice, waits until it is kept, shows the next two.
// Messages to Python: ready, vote, back, ranking, default. From it: pair, ranking, told, problem.

const KEYS = [
  ["1 or ←", "the first is better"],
  ["2 or →", "the second is better"],
  ["0 or ↓", "no difference"],
  ["Space", "play both again"],
  ["F, S", "play only the first, only the second"],
  ["Backspace", "go back one pair and choose again"],
  ["?", "show or hide these keys"],
];
const CHOICE_OF_KEY = {
  1: "first", ArrowLeft: "first", 2: "second", ArrowRight: "second", 0: "tie", ArrowDown: "tie",
};
const PATIENCE_MS = 5000; // an answer that takes longer means that the kernel is gone or busy

function make(tag, properties = {}, ...children) {
  const { class: names, ...rest } = properties;
  const node = Object.assign(document.createElement(tag), rest);
  if (names) node.className = names;
  node.append(...children);
  return node;
}

function button(text, label, action, names = "") {
  const node = make("button", { type: "button", textContent: text, class: names });
  node.setAttribute("aria-label", label);
  node.addEventListener("click", action);
  return node;
}

class Desk {
  constructor(model, el) {
    this.model = model;
    this.pair = null;
    this.sounds = [];
    this.waiting = 0; // the timer of a message that was not answered yet
    this.build(el);
  }

  build(el) {
    this.text = make("p", { class: "vm-text" });
    this.count = make("span");
    this.bar = make("progress", { max: 1, value: 0 });
    this.bar.setAttribute("aria-label", "pairs judged");
    this.sides = [0, 1].map((number) => this.side(number));
    this.even = button("No difference (0)", "no difference, key 0", () => this.choose("tie"));
    this.status = make("p", { class: "vm-status" });
    this.status.setAttribute("role", "status");
    this.status.setAttribute("aria-live", "polite");
    this.keys = make("dl", { class: "vm-keys", hidden: true });
    for (const [key, meaning] of KEYS) {
      const names = make("dt", {}, make("kbd", { textContent: key }));
      this.keys.append(names, make("dd", { textContent: meaning }));
    }
    this.result = make("div", { hidden: true });
    this.begin = button("Begin", "begin listening", () => this.start(), "vm-choose");
    this.more = make(
      "div",
      { class: "vm-more", hidden: true },
      button("Play both (Space)", "play both again, key space", () => this.play([0, 1])),
      button("Back (Backspace)", "back to the pair before, key backspace", () => this.back()),
      button("Keys (?)", "show or hide the keys", () => this.toggleKeys()),
      button("Stop and see the ranking", "stop and see the ranking, with names", () => this.stop()),
    );
    const middle = make("div", { class: "vm-even" }, this.even);
    const [first, second] = this.sides;
    this.board = make(
      "div",
      { hidden: true },
      make("div", { class: "vm-progress" }, this.bar, this.count),
      this.text,
      make("div", { class: "vm-sides" }, first.box, middle, second.box),
    );
    const intro = "Two voices say the same. Choose which you like better; names come at the end.";
    this.intro = make("div", {}, make("p", { textContent: intro }), this.begin);
    this.root = make(
      "div",
      { class: "vm-blind", tabIndex: 0 },
      this.intro, this.board, this.more, this.result, this.keys, this.status,
    );
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Blind comparison of voices; press ? for keys");
    this.root.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes single letters
    this.root.addEventListener("keydown", (event) => this.key(event));
    el.append(this.root);
  }

  side(number) {
    const name = ["first", "second"][number];
    const play = button("▶ Play", `play the ${name}, key ${name[0]}`, () => this.play([number]));
    const title = `${name === "first" ? "First" : "Second"} is better (${number + 1})`;
    const label = `the ${name} is better, key ${number + 1}`;
    const choose = button(title, label, () => this.choose(name), "vm-choose");
    return { box: make("div", { class: "vm-side" }, play, choose), choose };
  }

  start() {
    this.intro.hidden = true;
    this.ask({ kind: "ready" });
    this.root.focus();
  }

  // Sends a message and says so when no answer comes.
  ask(content) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.tell(
        "The kernel does not answer. What was chosen before is kept. If it is busy, wait; "
          + "otherwise restart it and run this cell again: it goes on where you were.",
        true,
      );
      this.busy(false);
    }, PATIENCE_MS);
    this.busy(true);
    this.model.send(content);
  }

  busy(yes) {
    this.asking = yes;
    for (const node of [this.even, ...this.sides.map((side) => side.choose)]) node.disabled = yes;
  }

  tell(text, problem = false) {
    this.status.textContent = text;
    this.status.classList.toggle("vm-problem", problem);
  }

  receive(content, buffers) {
    clearTimeout(this.waiting);
    this.busy(false);
    if (content.kind === "pair") this.show(content, buffers);
    if (content.kind === "ranking") this.showRanking(content);
    if (content.kind === "told") this.tell(content.text);
    if (content.kind === "problem") this.tell(content.text, true);
  }

  show(pair, buffers) {
    this.silence();
    for (const sound of this.sounds) URL.revokeObjectURL(sound.src);
    this.sounds = buffers.map((data) => {
      const sound = new Audio(URL.createObjectURL(new Blob([data], { type: "audio/wav" })));
      sound.preload = "auto";
      return sound;
    });
    this.pair = pair;
    this.heard = new Set();
    this.shownAt = performance.now();
    this.intro.hidden = this.result.hidden = true;
    this.board.hidden = this.more.hidden = false;
    this.text.textContent = pair.text;
    this.bar.max = pair.total;
    this.bar.value = pair.done;
    this.count.textContent = `${pair.done} of ${pair.total} judged`;
    this.tell(`Pair ${pair.place + 1} of ${pair.total}: ${pair.text}`);
    this.root.dataset.place = pair.place;
    this.root.focus({ preventScroll: true });
    this.play([0, 1]);
  }

  silence() {
    this.playing = {}; // whatever plays sees that it is not wanted any more
    for (const sound of this.sounds) sound.pause();
    for (const side of this.sides) side.box.classList.remove("vm-sounding");
  }

  async play(numbers) {
    if (!this.pair) return;
    this.silence();
    const mine = (this.playing = {});
    for (const number of numbers) {
      const sound = this.sounds[number];
      sound.currentTime = 0;
      const ended = new Promise((resolve) => {
        sound.onended = sound.onpause = sound.onerror = resolve;
      });
      try {
        await sound.play();
      } catch {
        if (this.playing === mine) this.tell("The browser waits for a key: press space to listen.");
        return;
      }
      if (this.playing !== mine) return;
      this.heard.add(number);
      this.sides[number].box.classList.add("vm-sounding");
      await ended;
      this.sides[number].box.classList.remove("vm-sounding");
      if (this.playing !== mine) return;
    }
  }

  choose(choice) {
    if (!this.pair || this.asking) return;
    if (this.heard.size < 2) {
      this.tell("Listen to both first: space plays them again.");
      return;
    }
    this.silence();
    const elapsed_s = (performance.now() - this.shownAt) / 1000;
    this.ask({ kind: "vote", place: this.pair.place, choice, elapsed_s });
  }

  back() {
    if (!this.asking) this.ask({ kind: "back", place: this.pair ? this.pair.place : null });
  }

  stop() {
    this.silence();
    this.ask({ kind: "ranking" });
  }

  toggleKeys() {
    this.keys.hidden = !this.keys.hidden;
  }

  showRanking(content) {
    this.silence();
    this.pair = null;
    delete this.root.dataset.place;
    this.board.hidden = this.more.hidden = true;
    this.intro.hidden = content.done >= content.total;
    this.begin.textContent = "Go on";
    this.result.replaceChildren(...this.rankingNodes(content));
    this.result.hidden = false;
    this.tell(`${content.done} of ${content.total} pairs judged. Everything is kept.`);
  }

  rankingNodes(content) {
    const head = make("tr");
    for (const name of ["Voice", "Liked better", "95 % interval", "Surely better than", "Default"]) {
      head.append(make("th", { textContent: name, scope: "col" }));
    }
    const body = make("tbody");
    content.rows.forEach((row, number) => {
      const label = `make ${row.voice} the default voice`;
      const use = button("Make default", label, () => this.ask({ kind: "default", number }));
      body.append(
        make(
          "tr",
          {},
          make("th", { textContent: row.voice, scope: "row" }),
          make("td", { textContent: `${row.liked} %` }),
          make("td", { textContent: `${row.low} to ${row.high} %` }),
          make("td", { textContent: row.better_than.join(", ") || "none yet" }),
          make("td", {}, use),
        ),
      );
    });
    const listeners = content.listeners === 1 ? "1 listener" : `${content.listeners} listeners`;
    const caption = `Ranking by ${content.votes} votes of ${listeners}`;
    const table = make("table", {}, make("caption", { textContent: caption }),
      make("thead", {}, head), body);
    const notes = make("ul", {}, ...content.notes.map((text) => make("li", { textContent: text })));
    return content.notes.length ? [table, notes] : [table];
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target instanceof HTMLButtonElement;
    if (onButton && (event.key === " " || event.key === "Enter")) return;
    const actions = {
      " ": () => this.play([0, 1]),
      f: () => this.play([0]),
      s: () => this.play([1]),
      Backspace: () => this.back(),
      "?": () => this.toggleKeys(),
      Escape: () => { this.keys.hidden = true; },
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const choice = CHOICE_OF_KEY[key];
    if (!choice && !(key in actions)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) return;
    if (choice) this.choose(choice);
    else actions[key]();
  }

  close() {
    this.silence();
    clearTimeout(this.waiting);
    for (const sound of this.sounds) URL.revokeObjectURL(sound.src);
  }
}

function render({ model, el }) {
  const desk = new Desk(model, el);
  const receive = (content, buffers) => desk.receive(content, buffers);
  model.on("msg:custom", receive);
  return () => {
    model.off("msg:custom", receive);
    desk.close();
  };
}

export default { render };
