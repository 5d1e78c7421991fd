/** The searchable list of people, by group, with unread badges. */

import { element, fullName, initials, shortDayOf, timeOf } from "./format.js";

const KINDS = {
  photo: "Photo", document: "Document", voice: "Message vocal", sticker: "Autocollant",
  location: "Position", venue: "Adresse", contact: "Contact",
};

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export class People {
  /** `choose(user)` is called with the person chosen; `unread(user)` says how many messages wait. */
  constructor(root, groupsFirst, choose, unread) {
    this.list = root.querySelector(".people-list");
    this.input = root.querySelector("input");
    this.groupsFirst = groupsFirst;
    this.choose = choose;
    this.unread = unread;
    this.users = [];
    this.current = null;
    this.input.addEventListener("input", () => this.render());
    root.addEventListener("keydown", (event) => this.move(event));
  }

  show(users, current) {
    this.users = users;
    this.current = current;
    this.render();
  }

  render() {
    const wanted = fold(this.input.value.trim());
    const groups = new Map();
    for (const user of this.users) {
      if (wanted && !fold(`${fullName(user)} ${user.label} ${user.username}`).includes(wanted)) continue;
      const name = user.group || "Autres";
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(user);
    }
    const rank = (name) => (name === this.groupsFirst ? 0 : 1);
    const names = [...groups.keys()].sort((a, b) => rank(a) - rank(b));
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.list.replaceChildren(...names.map((name) => this.group(name, groups.get(name))));
    if (!names.length) this.list.append(element("p", { className: "empty" }, "Personne ne correspond."));
    if (focused) this.list.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  group(name, users) {
    const list = element("ul");
    list.append(...users.map((user) => element("li", {}, this.entry(user))));
    return element("section", { "aria-label": name }, element("h2", {}, name), list);
  }

  entry(user) {
    const unread = this.unread(user);
    const name = fullName(user);
    const button = element(
      "button",
      { type: "button", className: "person", "data-id": String(user.id), onclick: () => this.choose(user) },
      element("span", { className: `avatar tint-${user.id % 6}`, "aria-hidden": "true" }, initials(name)),
      element(
        "span", { className: "who" },
        element("span", { className: "name" }, name),
        element("span", { className: "label" }, user.last_text || KINDS[user.last_kind] || user.label || "Pas encore de message"),
      ),
      element(
        "span", { className: "aside" },
        element("small", {}, when(user.last_date)),
        unread ? element("span", { className: "badge", "aria-label": `${unread} non lus` }, String(unread)) : null,
      ),
    );
    if (user.id === this.current) button.setAttribute("aria-current", "true");
    return button;
  }

  /** Arrow keys go through the list. */
  move(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const entries = [this.input, ...this.list.querySelectorAll(".person")];
    const index = entries.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    entries[Math.max(0, Math.min(entries.length - 1, index))].focus();
    event.preventDefault();
  }
}

function when(date) {
  if (!date) return "";
  return Math.abs(Date.now() / 1000 - date) < 43200 ? timeOf(date) : shortDayOf(date);
}
