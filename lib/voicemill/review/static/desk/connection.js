// Talking with the kernel: questions and answers, signs of life, and verdicts that are not lost.

const ANSWER_MS = 2000; // most answers take a few; without one by then it is said
// Not often, and only while somebody can see the page: each makes the kernel look used.
const BEAT_MS = 4000;
const GONE = new Set(["dead", "restarting", "autorestarting", "terminating"]);

export class Connection {
  // onTrouble: called with a sentence when the kernel is gone or silent, with "" when it is back.
  // onLate: called with the answer to a verdict that was given up waiting for.
  constructor(model, onTrouble, onLate) {
    this.model = model;
    this.onTrouble = onTrouble;
    this.onLate = onLate;
    this.trouble = "";
    this.closed = false;
    this.waiting = new Map();
    this.nextId = 1;
    this.place = `voicemill-desk-unsaved-${model.get("mark")}`;
    this.receive = (message, buffers) => this.#receive(message, buffers);
    this.commChanged = () => this.#lost("The kernel was restarted or shut down.");
    this.statusChanged = (_sender, status) => {
      if (GONE.has(status)) this.#lost(`The kernel is ${status}.`);
    };
    this.lineChanged = (_sender, status) => {
      if (status === "disconnected") this.#lost("The server does not answer.");
    };
    model.on("msg:custom", this.receive);
    model.on("comm_live_update", this.commChanged);
    this.kernel = model.widget_manager?.kernel;
    this.kernel?.statusChanged?.connect(this.statusChanged);
    this.kernel?.connectionStatusChanged?.connect(this.lineChanged);
    this.beat = setInterval(() => this.#beat(), BEAT_MS);
  }

  close() {
    clearInterval(this.beat);
    this.model.off("msg:custom", this.receive);
    this.model.off("comm_live_update", this.commChanged);
    this.kernel?.statusChanged?.disconnect(this.statusChanged);
    this.kernel?.connectionStatusChanged?.disconnect(this.lineChanged);
  }

  // Resolves with the answer and its buffers; rejects with what the kernel said was wrong.
  ask(what, values = {}, buffers = []) {
    if (this.closed) return Promise.reject(new Error(this.trouble));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, sentAt: performance.now(), what });
      this.model.send({ id, do: what, ...values }, undefined, buffers);
    });
  }

  // Keeps a verdict here until the kernel has it. Resolves with its answer, or with null when
  // there is none in time: the verdict stays here and is sent again.
  async save(verdict) {
    const kept = { ...verdict, token: `${Date.now()}-${Math.random()}` };
    this.#remember([...this.unsaved(), kept]);
    return await this.#send(kept);
  }

  // Sends what is kept here; resolves with the answers of those that are saved now.
  async resend() {
    const answers = [];
    for (const verdict of this.unsaved()) {
      const answer = await this.#send(verdict);
      if (!answer) break;
      answers.push(answer);
    }
    return answers;
  }

  unsaved() {
    try {
      return JSON.parse(localStorage.getItem(this.place) ?? "[]");
    } catch {
      return this.memory ?? [];
    }
  }

  #send(verdict) {
    if (this.closed) return Promise.resolve(null);
    let givenUp = false;
    const asked = this.ask("judge", verdict).then(
      (answer) => {
        this.#forget(verdict);
        if (givenUp) this.onLate(answer);
        return answer;
      },
      (error) => {
        // Refused for good, such as of an item that is gone; a dead kernel refuses nothing.
        if (this.closed) return null;
        this.#forget(verdict);
        throw error;
      },
    );
    const late = new Promise((resolve) => setTimeout(() => resolve(null), ANSWER_MS));
    return Promise.race([asked, late]).then((answer) => {
      givenUp = answer === null;
      if (givenUp) this.#silent();
      return answer;
    });
  }

  #forget(verdict) {
    this.#remember(this.unsaved().filter((one) => one.token !== verdict.token));
  }

  #remember(verdicts) {
    this.memory = verdicts; // where a browser keeps nothing, at least this page does
    try {
      localStorage.setItem(this.place, JSON.stringify(verdicts));
    } catch {
      this.onTrouble(this.trouble);
    }
  }

  #receive(message, buffers) {
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    this.waiting.delete(message.id);
    if (this.trouble && !this.closed) this.#tell("");
    if (message.error) waiting.reject(new Error(message.error));
    else waiting.resolve({ ...message, buffers: buffers ?? [] });
  }

  #beat() {
    if (this.closed || document.hidden) return;
    const now = performance.now();
    for (const [id, { sentAt, what }] of this.waiting) {
      if (what !== "alive") continue;
      if (now - sentAt > ANSWER_MS) this.#silent();
      if (now - sentAt < 10 * ANSWER_MS) return; // one sign of life asked for is enough
      this.waiting.delete(id);
    }
    this.ask("alive").catch(() => {});
  }

  #silent() {
    if (!this.trouble && !this.closed) this.#tell("The kernel does not answer; it may be busy.");
  }

  #lost(why) {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.beat);
    this.#tell(`${why} Run the notebook again, or reload the page.`);
    for (const { reject } of this.waiting.values()) reject(new Error(this.trouble));
    this.waiting.clear();
  }

  #tell(trouble) {
    this.trouble = trouble;
    this.onTrouble(trouble);
  }
}
