"use strict";
(() => {
  const rows = document.getElementById("rows");
  const controls = document.getElementById("controls");
  if (!rows || !controls) return;
  const at = (id) => document.getElementById(id);
  const [search, severity, state, order, shown] = ["search", "severity", "state", "order", "shown"].map(at);
  const groups = Array.from(rows.children);
  const all = Array.from(rows.querySelectorAll(":scope > ol > li"), (row) => ({ row, data: row.dataset, text: null }));
  const size = groups[0].children.length;
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
    let has_changed = order.value !== sorted;
    if (has_changed) {
      sorted = order.value;
      all.sort(orders[sorted]);
    }
    let count = 0;
    for (const one of all) {
      if (words.length && one.text === null) one.text = (one.row.id + " " + one.row.textContent).toLowerCase();
      const fits = (!severity.value || one.data.level === severity.value)
        && (!state.value || one.data.state.split(" ").includes(state.value))
        && words.every((word) => one.text.includes(word));
      if (one.row.hidden === fits) {
        one.row.hidden = !fits;
        has_changed = true;
      }
      count += fits;
    }
    if (has_changed) {
      // What is shown fills the first groups, so that a group is as high as its place.
      const page = [...all.filter((one) => !one.row.hidden), ...all.filter((one) => one.row.hidden)];
      groups.forEach((group, number) => {
        group.hidden = number * size >= count;
        group.append(...page.slice(number * size, (number + 1) * size).map((one) => one.row));
      });
    }
    shown.textContent = count === all.length ? `${count} secrets` : `${count} of ${all.length} secrets`;
  };
  let waiting = 0;
  controls.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  controls.addEventListener("submit", (event) => event.preventDefault());
  const open = () => {
    const row = location.hash.startsWith("#f-") && document.getElementById(location.hash.slice(1));
    if (!row) return;
    row.hidden = row.parentElement.hidden = false;
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
