/** One conversation: who writes, what was said, what can be done. */

import { api } from "./api.js";
import { bubble } from "./bubble.js";
import { dayOf, element, fullName, initials } from "./format.js";
import { People } from "./people.js";

const TYPING_MS = 5000;
const ANSWER_MS = 10000;
const TOAST_MS = 6000;
const SAMPLES = {
  photo: { photo: {} },
  document: { document: {} },
  voice: { voice: {} },
  sticker: { sticker: {} },
  location: { location: { latitude: 45.7667, longitude: 4.8795 } },
};

export class Pane {
  /** `seen` remembers how many messages of each chat were shown; `choose(user, pane)` opens a chosen person. */
  constructor(root, groupFirst, seen, choose, onChange) {
    this.root = root;
    this.seen = seen;
    this.onChange = onChange;
    this.user = null;
    this.bot = { first_name: "" };
    this.waiting = new Map();
    root.append(document.getElementById("pane-template").content.cloneNode(true));
    this.people = new People(
      root.querySelector(".people"), groupFirst, (user) => choose(user, this), (user) => seen.unread(user),
    );
    for (const name of ["messages", "typing", "toast", "start", "composer", "switch", "block"]) {
      this[`${name}Box`] = root.querySelector(`.${name}`);
    }
    this.keysBox = root.querySelector(".reply-keys");
    this.input = root.querySelector("textarea");
    this.contextBox = root.querySelector(".context");
    this.act = {
      press: (message, button, node) => this.press(message, button, node),
      command: (text) => this.send({ text }),
      reply: (message) => this.setContext({ kind: "reply", message }),
      edit: (message) => this.setContext({ kind: "edit", message }),
      quoted: (id) => this.shown.get(id)?.message,
    };
    this.clear();
    this.listen();
  }

  listen() {
    this.composerBox.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
    });
    this.input.addEventListener("input", () => this.grow());
    this.contextBox.querySelector("button").onclick = () => this.setContext(null);
    this.switchBox.onclick = () => this.toggleList();
    this.blockBox.onclick = () => this.attempt(() => (this.user.blocked ? api.unblock : api.block)(this.user.id));
    this.startBox.querySelector("button").onclick = () => this.begin();
    this.listenAttach();
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.toggleList(false);
    });
  }

  listenAttach() {
    const button = this.root.querySelector(".attach .icon");
    const menu = this.root.querySelector(".menu");
    const toggle = (open) => {
      menu.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      if (open) menu.querySelector("button").focus();
    };
    button.onclick = () => toggle(menu.hidden);
    menu.onclick = (event) => {
      const kind = event.target.dataset.send;
      if (!kind) return;
      toggle(false);
      this.send(SAMPLES[kind]);
    };
    menu.onkeydown = (event) => {
      const items = [...menu.children];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
      else if (event.key === "Escape") button.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") toggle(false);
    };
    document.addEventListener("click", (event) => {
      if (!menu.hidden && !event.target.closest(".attach")) toggle(false);
    });
  }

  clear() {
    this.revision = 0;
    this.shown = new Map();
    this.lastDay = "";
    this.loading = null;
    this.messagesBox.replaceChildren();
    this.typingBox.hidden = this.toastBox.hidden = this.keysBox.hidden = true;
    this.setContext(null);
  }

  /** Shows the talk of this person. */
  open(user) {
    this.toggleList(false);
    if (this.user?.id !== user.id) {
      this.user = user;
      this.clear();
    }
    this.refreshUser(user);
    this.refresh();
    this.onChange();
  }

  /** The list of people changed. */
  update(users) {
    const current = users.find((user) => user.id === this.user?.id);
    if (current) this.refreshUser(current);
    else if (this.user) this.leave();
    this.people.show(users, this.user?.id ?? null);
  }

  leave() {
    this.user = null;
    this.clear();
    this.refreshUser(null);
  }

  refreshUser(user) {
    this.user = user;
    const name = user ? fullName(user) : "Choisir une personne";
    this.switchBox.querySelector(".name").textContent = name;
    this.switchBox.querySelector(".label").textContent = user?.label ?? "";
    const avatar = this.switchBox.querySelector(".avatar");
    avatar.className = `avatar tint-${(user?.id ?? 0) % 6}`;
    avatar.textContent = user ? initials(name) : "";
    const canWrite = Boolean(user?.started && !user.blocked && !user.deactivated);
    this.composerBox.hidden = !canWrite;
    this.startBox.hidden = !user || canWrite;
    this.blockBox.hidden = !user?.started || user.deactivated;
    this.blockBox.textContent = user?.blocked ? "Débloquer" : "Bloquer";
    if (user && !canWrite) this.refreshStart(user);
    this.messagesBox.setAttribute("aria-label", user ? `Messages de ${name}` : "Messages");
  }

  refreshStart(user) {
    const button = this.startBox.querySelector("button");
    const text = this.startBox.querySelector("p");
    button.hidden = user.deactivated;
    button.textContent = user.blocked ? "Débloquer" : "Démarrer";
    text.textContent = user.deactivated
      ? `${user.first_name} n'a plus de compte.`
      : user.blocked
        ? `${user.first_name} a bloqué ${this.bot.first_name}.`
        : user.start_payload
          ? `${user.first_name} a reçu un lien d'invitation à ${this.bot.first_name}.`
          : `${user.first_name} n'a pas encore écrit à ${this.bot.first_name}.`;
  }

  begin() {
    if (this.user.blocked) this.attempt(() => api.unblock(this.user.id));
    else this.send({ text: `/start ${this.user.start_payload}`.trim() });
  }

  /** Reads what is new; one reading at a time, and one more when something came meanwhile. */
  async refresh() {
    if (!this.user) return;
    if (this.loading) {
      this.loading.again = true;
      return;
    }
    const turn = { again: false };
    this.loading = turn;
    const { id } = this.user;
    try {
      do {
        turn.again = false;
        const chat = await api.chat(id, this.revision);
        if (this.loading !== turn) return;
        this.apply(chat);
      } while (turn.again);
    } catch (error) {
      this.toast(error.message);
    } finally {
      if (this.loading === turn) this.loading = null;
    }
  }

  apply(chat) {
    this.revision = Math.max(this.revision, chat.revision);
    const box = this.messagesBox;
    const atEnd = this.atEnd();
    for (const message of chat.messages) this.place(message);
    for (const answer of chat.answers) this.answered(answer);
    this.showTyping(chat.typing);
    this.showKeys(chat.reply_keyboard);
    if (atEnd || chat.messages.some((message) => !message.from_bot)) box.scrollTop = box.scrollHeight;
    if (!document.hidden && box.offsetParent !== null) this.seen.mark(this.user.id, chat.received);
    this.onChange();
  }

  atEnd() {
    const box = this.messagesBox;
    return box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  }

  place(message) {
    const node = bubble(message, this.act);
    const known = this.shown.get(message.message_id);
    if (known) {
      known.node.replaceWith(node);
    } else {
      const day = dayOf(message.date);
      if (day !== this.lastDay) this.messagesBox.append(element("p", { className: "day" }, day));
      this.lastDay = day;
      this.messagesBox.append(node);
    }
    this.shown.set(message.message_id, { message, node });
  }

  showTyping(typing) {
    clearTimeout(this.typingTimer);
    this.typingBox.querySelector("em").textContent = `${this.bot.first_name} écrit…`;
    const atEnd = this.atEnd();
    this.typingBox.hidden = !typing;
    if (atEnd) this.messagesBox.scrollTop = this.messagesBox.scrollHeight;
    if (typing) this.typingTimer = setTimeout(() => this.showTyping(false), TYPING_MS);
  }

  showKeys(markup) {
    const keys = (markup?.keyboard ?? []).flat().map((key) => (typeof key === "string" ? { text: key } : key));
    this.keysBox.hidden = !keys.length;
    this.keysBox.replaceChildren(
      ...keys.map((key) => element("button", { type: "button", className: "key", onclick: () => this.pressKey(key) }, key.text)),
    );
  }

  pressKey(key) {
    if (key.request_contact) this.send({ contact: { phone_number: "+33600000000" } });
    else if (key.request_location) this.send(SAMPLES.location);
    else this.send({ text: key.text });
  }

  async press(message, button, node) {
    node.setAttribute("aria-busy", "true");
    const free = () => node.removeAttribute("aria-busy");
    const answer = await this.attempt(() =>
      api.press(this.user.id, { message_id: message.message_id, data: button.callback_data }),
    );
    if (!answer) return free();
    this.waiting.set(answer.callback_query_id, free);
    setTimeout(free, ANSWER_MS);
    return undefined;
  }

  answered(answer) {
    this.waiting.get(answer.callback_query_id)?.();
    const ours = this.waiting.delete(answer.callback_query_id);
    if (ours && answer.text) this.toast(answer.text);
  }

  toast(text) {
    clearTimeout(this.toastTimer);
    this.toastBox.textContent = text;
    this.toastBox.hidden = false;
    this.toastTimer = setTimeout(() => {
      this.toastBox.hidden = true;
    }, TOAST_MS);
  }

  /** Runs an act and shows why it was refused, if it was. */
  async attempt(act) {
    try {
      return await act();
    } catch (error) {
      this.toast(error.message);
      return null;
    }
  }

  setContext(context) {
    this.context = context;
    this.contextBox.hidden = !context;
    if (!context) return;
    const { message } = context;
    const verb = context.kind === "edit" ? "Modifier" : "Répondre à";
    this.contextBox.querySelector("span").textContent = `${verb} : ${message.text || "pièce jointe"}`;
    if (context.kind === "edit") this.input.value = message.text;
    this.grow();
    this.input.focus();
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const context = this.context;
    const done =
      context?.kind === "edit"
        ? await this.attempt(() => api.edit(this.user.id, { message_id: context.message.message_id, text }))
        : await this.send(context ? { text, reply_to: context.message.message_id } : { text });
    if (!done) return;
    this.input.value = "";
    this.setContext(null);
    this.grow();
  }

  send(body) {
    return this.attempt(() => api.write(this.user.id, body));
  }

  grow() {
    this.input.rows = Math.min(6, this.input.value.split("\n").length);
  }

  toggleList(open = !this.root.classList.contains("listing")) {
    const was = this.root.classList.contains("listing");
    this.root.classList.toggle("listing", open);
    this.switchBox.setAttribute("aria-expanded", String(open));
    if (open) this.people.input.focus();
    else if (was) this.switchBox.focus();
  }
}
