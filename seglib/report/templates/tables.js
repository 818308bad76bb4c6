"use strict";
// Tables of a page sort by a click on a head and filter by a word; without this script every table reads the same.
(() => {
  const words = document.getElementById("main").dataset, lang = document.documentElement.lang;
  const FEWEST = 3, LONG = 12;
  const number = (text) => {
    const found = text.replace(/[,\s]/g, "").replace("\u2212", "-").match(/-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : NaN;
  };
  const value = (row, place, numeric) => {
    const text = row.cells[place].textContent.trim();
    return numeric ? number(text) : text;
  };
  const compared = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, lang, { numeric: true }));
  const absent = (a) => a === "" || a === "\u2013" || Number.isNaN(a);
  const order = (table, rows, place, way) => {
    const numeric = table.tHead.rows[0].cells[place].classList.contains("n");
    const kept = rows.filter((row) => row.classList.contains("total"));
    const moved = rows.filter((row) => !kept.includes(row));
    if (way) {
      moved.sort((one, other) => {
        const a = value(one, place, numeric), b = value(other, place, numeric);
        return absent(a) || absent(b) ? absent(a) - absent(b) : way * compared(a, b);
      });
    }
    table.tBodies[0].append(...(way ? [...moved, ...kept] : rows));
  };
  const sortable = (table, rows) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, place) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = head.classList.contains("n") ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        const next = { [first]: second, [second]: "" }[head.getAttribute("aria-sort")] ?? first;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        if (next) head.setAttribute("aria-sort", next);
        order(table, rows, place, { ascending: 1, descending: -1 }[next] || 0);
      });
    });
  };
  const filterable = (table, rows) => {
    const box = document.createElement("p"), label = document.createElement("label"), input = document.createElement("input");
    const count = document.createElement("span");
    box.className = "filter";
    input.type = "search";
    count.setAttribute("role", "status");
    label.append(words.filter, input);
    box.append(label, count);
    input.setAttribute("aria-label", `${words.filter} ${table.caption ? table.caption.textContent : ""}`.trim());
    input.addEventListener("input", () => {
      const asked = input.value.trim().toLocaleLowerCase(lang);
      const parts = rows.filter((row) => !row.classList.contains("total"));
      rows.forEach((row) => {
        const held = row.textContent.toLocaleLowerCase(lang).includes(asked) && parts.includes(row);
        row.hidden = Boolean(asked) && !held;
      });
      count.textContent = asked ? words.shown.replace("#n", parts.filter((row) => !row.hidden).length).replace("#all", parts.length) : "";
    });
    const frame = table.closest(".scroll") || table;
    frame.before(box);
  };
  document.querySelectorAll("main table").forEach((table) => {
    if (!table.tHead || table.tHead.rows.length !== 1 || table.tBodies.length !== 1 || table.querySelector("[rowspan],[colspan]")) return;
    const rows = [...table.tBodies[0].rows];
    if (rows.length >= FEWEST) sortable(table, rows);
    if (rows.length >= LONG) filterable(table, rows);
  });
})();
