"use strict";
// Filters and searches the rows that stand in the page, and keeps what is chosen in the address, so that a link brings
// it back. Nothing is made from text here: rows are shown or hidden, and nothing is fetched.

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function browser(section) {
  const form = section.querySelector("form");
  const rows = Array.from(section.querySelectorAll("ol.rows > li"), (element) => ({
    element,
    text: folded(element.querySelector(".text").textContent),
    places: element.dataset.places.split("|").map((part) => new Set(part.split(" "))),
  }));
  const selects = Array.from(form.querySelectorAll("select"));
  const words = form.elements.namedItem("q");
  const found = { name: section.dataset.name, section, show, reset, restore };

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
    let count = 0;
    for (const row of rows) {
      const fits =
        chosen.every(([number, place]) => row.places[number].has(place)) &&
        wanted.every((word) => row.text.includes(word));
      row.element.hidden = !fits;
      count += fits;
    }
    const told = (number) => number.toLocaleString("en");
    section.querySelector("output").textContent = `${told(count)} of ${told(rows.length)} rows`;
    section.querySelector(".nothing").hidden = count > 0;
    section.querySelector("a.view").href = address();
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
  for (const one of browsers) if (one.section.contains(element) && element.hidden) one.reset();
  for (let outer = element; outer; outer = outer.parentElement) if (outer.tagName === "DETAILS") outer.open = true;
  element.scrollIntoView();
}

// A wide picture gives way on a narrow screen to the table that says the same.
if (matchMedia("(max-width: 40rem)").matches) for (const one of document.querySelectorAll(".instead")) one.open = true;

addEventListener("hashchange", follow);
follow();
