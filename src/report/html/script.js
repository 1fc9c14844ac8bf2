"use strict";
(() => {
  const rows = document.getElementById("rows");
  const controls = document.getElementById("controls");
  if (!rows || !controls) return;
  const at = (id) => document.getElementById(id);
  const [search, severity, state, order, shown] = ["search", "severity", "state", "order", "shown"].map(at);
  const all = Array.from(rows.children, (row) => ({ row, data: row.dataset, text: null }));
  const number = (one, name) => Number(one.data[name] || 0);
  const orders = {
    urgent: (a, b) => number(a, "at") - number(b, "at"),
    newest: (a, b) => number(b, "time") - number(a, "time") || orders.urgent(a, b),
    oldest: (a, b) => (number(a, "time") || Infinity) - (number(b, "time") || Infinity) || orders.urgent(a, b),
    places: (a, b) => number(b, "places") - number(a, "places") || orders.urgent(a, b),
  };
  let sorted = "urgent";
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of all) {
      if (words.length && one.text === null) one.text = (one.row.id + " " + one.row.textContent).toLowerCase();
      const fits = (!severity.value || one.data.level === severity.value)
        && (!state.value || one.data.state.split(" ").includes(state.value))
        && words.every((word) => one.text.includes(word));
      if (one.row.hidden === fits) one.row.hidden = !fits;
      count += fits;
    }
    if (order.value !== sorted) {
      sorted = order.value;
      all.sort(orders[sorted]);
      const page = document.createDocumentFragment();
      for (const one of all) page.append(one.row);
      rows.append(page);
    }
    shown.textContent = count === all.length ? `${count} secrets` : `${count} of ${all.length} secrets`;
  };
  let waiting = 0;
  controls.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  controls.addEventListener("submit", (event) => event.preventDefault());
  const open = () => {
    const row = location.hash.startsWith("#f-") && document.getElementById(location.hash.slice(1));
    if (!row) return;
    row.hidden = false;
    const details = row.querySelector("details");
    if (details) details.open = true;
    row.scrollIntoView();
  };
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => { if (all.length <= 500) for (const one of rows.querySelectorAll("details")) one.open = true; });
  controls.hidden = false;
  // A browser keeps what was entered when the page is loaded again.
  apply();
  open();
})();
