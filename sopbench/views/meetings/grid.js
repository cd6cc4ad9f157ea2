// A table whose cells are buttons to pick or fields to type in; every one is named for the keyboard and for readers.
// The Tab key reaches one button of the table, the arrow keys the others.
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function render({ model, el }) {
  el.classList.add("scroll", "grid");
  const table = document.createElement("table");
  el.appendChild(table);

  function cell(row, column) {
    const holder = document.createElement("td");
    const kind = model.get("kinds")[row];
    if (kind === "text") return holder;
    const inside = document.createElement(kind === "typed" ? "input" : "button");
    inside.type = kind === "typed" ? "text" : "button";
    inside.dataset.named = `${model.get("names")[row]}, ${model.get("columns")[column]}`;
    inside.setAttribute("aria-label", inside.dataset.named);
    const say = (name, said) => {
      model.set(name, { row, column, ...said, count: (model.get(name).count || 0) + 1 });
      model.save_changes();
    };
    if (kind === "typed") {
      inside.inputMode = "decimal";
      inside.addEventListener("change", () => {
        inside.dataset.said = inside.value;
        say("typed", { text: inside.value });
      });
      inside.addEventListener("focus", () => inside.select());
    } else {
      inside.tabIndex = -1;
      inside.addEventListener("click", () => say("picked", {}));
      inside.addEventListener("focus", () => rove(inside));
    }
    holder.appendChild(inside);
    return holder;
  }

  const buttons = () => [...table.querySelectorAll("td > button")];

  function rove(to) {
    buttons().forEach((each) => (each.tabIndex = each === to ? 0 : -1));
  }

  table.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    const td = event.target.tagName === "BUTTON" && event.target.parentElement;
    if (!step || !td) return;
    const tr = table.rows[td.parentElement.rowIndex + step[0]];
    const next = tr && tr.cells[td.cellIndex + step[1]];
    const inside = next && next.querySelector("button");
    if (inside) inside.focus();
    event.preventDefault();
  });

  function build() {
    table.replaceChildren();
    const head = table.createTHead().insertRow();
    for (const name of ["", ...model.get("columns")]) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = name;
      head.appendChild(th);
    }
    const body = table.createTBody();
    model.get("names").forEach((name, row) => {
      const tr = body.insertRow();
      const th = document.createElement("th");
      th.scope = "row";
      th.textContent = th.title = name;
      tr.appendChild(th);
      model.get("columns").forEach((_, column) => tr.appendChild(cell(row, column)));
    });
    fill();
  }

  // What stands in a cell; a field in which someone is typing at this moment keeps what is typed.
  function put(inside, text) {
    if (inside.tagName === "INPUT") {
      const typing = ![inside.dataset.shown, inside.dataset.said].includes(inside.value);
      if (!typing || inside !== document.activeElement) inside.value = text;
      inside.dataset.shown = text;
    } else {
      inside.textContent = text;
    }
    if (inside.tagName === "BUTTON") inside.setAttribute("aria-label", `${inside.dataset.named}: ${text}`);
  }

  function fill() {
    const texts = model.get("texts");
    const looks = model.get("looks");
    [...table.tBodies[0].rows].forEach((tr, row) => {
      [...tr.cells].slice(1).forEach((td, column) => {
        put(td.firstElementChild || td, (texts[row] || [])[column] ?? "");
        td.className = (looks[row] || [])[column] ?? "";
      });
    });
    mark();
  }

  function mark() {
    const { row, column } = model.get("picked");
    [...table.tBodies[0].rows].forEach((tr, at) => {
      [...tr.cells].slice(1).forEach((td, across) => {
        const button = td.querySelector("button");
        if (button) button.setAttribute("aria-pressed", at === row && across === column);
      });
    });
    const all = buttons();
    if (!all.some((each) => each.tabIndex === 0 && each === document.activeElement)) {
      rove(all.find((each) => each.getAttribute("aria-pressed") === "true") || all[0]);
    }
  }

  build();
  for (const name of ["columns", "names", "kinds"]) model.on(`change:${name}`, build);
  for (const name of ["texts", "looks", "drawn"]) model.on(`change:${name}`, fill);
  model.on("change:picked", mark);
}
export default { render };
