/** The page: two panes, the panel, and the stream of news. */

import { api } from "./api.js";
import { fullName } from "./format.js";
import { Pane } from "./pane.js";

const TEAM = "Équipe";
const TENANTS = "Locataires";
const LIST_DELAY_MS = 150;

/** How many of each person's messages were shown in this browser. */
class Seen {
  constructor(key) {
    this.key = key;
    this.counts = JSON.parse(localStorage.getItem(key) ?? "{}");
  }

  mark(id, count) {
    if (this.counts[id] === count) return;
    this.counts[id] = count;
    localStorage.setItem(this.key, JSON.stringify(this.counts));
  }

  unread(user) {
    return Math.max(0, user.received - (this.counts[user.id] ?? 0));
  }

  forget() {
    this.counts = {};
    localStorage.removeItem(this.key);
  }
}

const main = document.querySelector("main");
const tabs = { left: document.getElementById("tab-left"), right: document.getElementById("tab-right") };
const panes = {};
let users = [];
let seen;
let listTimer = null;

function showPanel(url) {
  if (!url) return;
  const panel = document.getElementById("panel");
  const toggle = document.getElementById("panel-toggle");
  document.getElementById("panel-frame").src = url;
  panel.hidden = false;
  toggle.onclick = () => {
    const open = panel.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
  };
}

function showTabs() {
  for (const [side, tab] of Object.entries(tabs)) {
    const { user } = panes[side];
    const unread = users
      .filter((one) => (one.group === TEAM) === (side === "right"))
      .reduce((sum, one) => sum + seen.unread(one), 0);
    tab.textContent = user ? fullName(user) : side === "left" ? TENANTS : TEAM;
    if (unread) tab.textContent += ` (${unread})`;
  }
}

/** Who is shown where, and what is unread: after a choice and after a reading. */
function showLists() {
  for (const pane of Object.values(panes)) pane.people.show(users, pane.user?.id ?? null);
  showTabs();
}

function switchTo(side) {
  main.dataset.shown = side;
  for (const [name, tab] of Object.entries(tabs)) {
    tab.setAttribute("aria-selected", String(name === side));
    tab.tabIndex = name === side ? 0 : -1;
  }
  panes[side].refresh();
}

function listenTabs() {
  for (const [side, tab] of Object.entries(tabs)) {
    tab.onclick = () => switchTo(side);
    tab.onkeydown = (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = side === "left" ? "right" : "left";
      switchTo(other);
      tabs[other].focus();
    };
  }
}

async function refreshUsers() {
  users = await api.users();
  for (const pane of Object.values(panes)) pane.update(users);
  if (!panes.left.user) openFirst(panes.left, (user) => user.group !== TEAM);
  if (!panes.right.user) openFirst(panes.right, (user) => user.group === TEAM);
  showTabs();
}

/** Opens a person where they belong when both panes show, else where they were chosen. */
function choose(user, pane) {
  const side = user.group === TEAM ? "right" : "left";
  const both = panes.left.root.offsetParent !== null && panes.right.root.offsetParent !== null;
  pane.toggleList(false);
  (both ? panes[side] : pane).open(user);
}

function openFirst(pane, fits) {
  const first = users.find(fits);
  if (first) pane.open(first);
}

function refreshUsersSoon() {
  if (listTimer !== null) return;
  listTimer = setTimeout(() => {
    listTimer = null;
    refreshUsers().catch(() => undefined);
  }, LIST_DELAY_MS);
}

function onNews(event) {
  const open = Object.values(panes).filter((pane) => pane.user?.id === event.chat_id);
  if (event.kind === "chat") for (const pane of open) pane.refresh();
  if (event.kind === "typing") for (const pane of open) pane.showTyping(true);
  if (event.kind === "reset") {
    seen.forget();
    for (const pane of Object.values(panes)) pane.leave();
  }
  if (event.kind === "hello") for (const pane of Object.values(panes)) pane.refresh();
  if (event.kind !== "typing") refreshUsersSoon();
}

function listenNews() {
  const offline = document.getElementById("offline");
  const stream = new EventSource("/control/events");
  stream.onopen = () => {
    offline.hidden = true;
  };
  stream.onerror = () => {
    offline.hidden = false;
  };
  stream.onmessage = (message) => onNews(JSON.parse(message.data));
}

async function begin() {
  const state = await api.state();
  document.title = `${state.bot.first_name} – messagerie locale`;
  seen = new Seen(`standin-${state.bot.id}`);
  for (const [side, group] of [["left", TENANTS], ["right", TEAM]]) {
    panes[side] = new Pane(document.getElementById(side), group, seen, choose, () => {
      if (panes.right) showLists();
    });
    panes[side].bot = state.bot;
    panes[side].refreshUser(null);
  }
  showPanel(state.panel_url);
  listenTabs();
  await refreshUsers();
  listenNews();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) for (const pane of Object.values(panes)) pane.refresh();
  });
}

begin();
