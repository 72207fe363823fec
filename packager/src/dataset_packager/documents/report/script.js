"use strict";
// Filters and searches the rows that stand in the page, and keeps what is chosen in the address, so that a link brings
// it back. Nothing is made from text here: rows are shown or hidden, and nothing is fetched.

const PAGE = 25;

// Words without accents, and numbers without the signs between their thousands.
const folded = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/(\d)[,'’ ](?=\d{3}(?!\d))/g, "$1");

const told = (number) => number.toLocaleString("en");

function browser(section) {
  const form = section.querySelector("form");
  const rows = Array.from(section.querySelectorAll("ol.rows > li"), (element) => ({
    element,
    text: folded(element.textContent),
    places: element.dataset.places.split("|").map((part) => new Set(part.split(" "))),
  }));
  const selects = Array.from(form.querySelectorAll("select"));
  const words = form.elements.namedItem("q");
  const pages = section.querySelector("nav.pages");
  const found = { name: section.dataset.name, section, show, reset, restore, turnTo };
  let fitting = rows;
  let page = 0;

  function address() {
    const chosen = new URLSearchParams();
    if (words.value.trim()) chosen.set("q", words.value.trim());
    for (const select of selects) if (select.value) chosen.set(select.name, select.value);
    const text = chosen.toString();
    return "#" + found.name + (text ? "?" + text : "");
  }

  function show() {
    const wanted = folded(words.value).split(/\s+/).filter(Boolean);
    const chosen = selects
      .filter((select) => select.selectedIndex > 0)
      .map((select) => [Number(select.dataset.number), String(select.selectedIndex - 1)]);
    fitting = rows.filter(
      (row) =>
        chosen.every(([number, place]) => row.places[number].has(place)) &&
        wanted.every((word) => row.text.includes(word)),
    );
    section.querySelector("output").textContent = `${told(fitting.length)} of ${told(rows.length)} rows`;
    section.querySelector(".nothing").hidden = fitting.length > 0;
    section.querySelector("a.view").href = address();
    turn(0);
  }

  function turn(number) {
    const last = Math.max(0, Math.ceil(fitting.length / PAGE) - 1);
    page = Math.min(Math.max(0, number), last);
    const shown = new Set(fitting.slice(page * PAGE, (page + 1) * PAGE));
    for (const row of rows) row.element.hidden = !shown.has(row);
    const end = Math.min((page + 1) * PAGE, fitting.length);
    pages.hidden = last === 0;
    pages.querySelector("span").textContent = `${told(page * PAGE + 1)}–${told(end)} of ${told(fitting.length)}`;
    pages.querySelector("[name=earlier]").disabled = page === 0;
    pages.querySelector("[name=later]").disabled = page === last;
  }

  function turnTo(element) {
    if (!fitting.some((row) => row.element === element)) reset();
    turn(Math.floor(fitting.findIndex((row) => row.element === element) / PAGE));
  }

  function reset() {
    words.value = "";
    for (const select of selects) select.selectedIndex = 0;
    show();
  }

  function restore(query) {
    const chosen = new URLSearchParams(query);
    words.value = chosen.get("q") || "";
    for (const select of selects) {
      const place = Array.from(select.options).findIndex((option) => option.value === chosen.get(select.name));
      select.selectedIndex = Math.max(0, place);
    }
    show();
  }

  function changed() {
    show();
    history.replaceState(null, "", address());
  }

  pages.addEventListener("click", (event) => {
    const by = { earlier: -1, later: 1 }[event.target.name];
    if (!by) return;
    turn(page + by);
    section.querySelector("ol.rows").scrollIntoView();
  });
  form.hidden = false;
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    reset();
    history.replaceState(null, "", address());
  });
  return found;
}

const browsers = Array.from(document.querySelectorAll("section.browser"), browser);

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // whoever wrote the link broke it
  }
}

function follow() {
  const [name, query] = location.hash.slice(1).split(/\?(.*)/s);
  const target = browsers.find((one) => one.name === name);
  if (target) {
    target.restore(query || "");
    target.section.scrollIntoView();
    return;
  }
  const element = document.getElementById(decoded(name));
  if (!element) return;
  for (const one of browsers) if (one.section.contains(element) && element.hidden) one.turnTo(element);
  for (let outer = element; outer; outer = outer.parentElement) if (outer.tagName === "DETAILS") outer.open = true;
  element.scrollIntoView();
}

// A wide picture gives way on a narrow screen to the table that says the same.
if (matchMedia("(max-width: 40rem)").matches) for (const one of document.querySelectorAll(".instead")) one.open = true;

// The table of contents says where the reader is.
const links = new Map(Array.from(document.querySelectorAll("body > nav a"), (link) => [link.hash.slice(1), link]));
const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const link = links.get(entry.target.querySelector("h2").id);
      if (!link || !entry.isIntersecting) continue;
      for (const other of links.values()) other.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      link.parentElement.parentElement.scrollLeft = link.offsetLeft - 40;
    }
  },
  { rootMargin: "-30% 0px -65% 0px" },
);
for (const section of document.querySelectorAll("main > section")) seen.observe(section);

for (const one of browsers) one.show();
addEventListener("hashchange", follow);
follow();
