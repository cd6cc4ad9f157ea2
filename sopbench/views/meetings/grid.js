// A table whose cells are buttons to pick or fields to type in; every one is named for the keyboard and for readers.
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
    inside.setAttribute("aria-label", `${model.get("names")[row]}, ${model.get("columns")[column]}`);
    const say = (name, said) => {
      model.set(name, { row, column, ...said, count: (model.get(name).count || 0) + 1 });
      model.save_changes();
    };
    if (kind === "typed") {
      inside.inputMode = "decimal";
      inside.addEventListener("change", () => say("typed", { text: inside.value }));
      inside.addEventListener("focus", () => inside.select());
    } else {
      inside.addEventListener("click", () => say("picked", {}));
    }
    holder.appendChild(inside);
    return holder;
  }

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
      th.textContent = name;
      tr.appendChild(th);
      model.get("columns").forEach((_, column) => tr.appendChild(cell(row, column)));
    });
    fill();
  }

  function fill() {
    const texts = model.get("texts");
    const looks = model.get("looks");
    [...table.tBodies[0].rows].forEach((tr, row) => {
      [...tr.cells].slice(1).forEach((td, column) => {
        const inside = td.firstElementChild || td;
        const text = (texts[row] || [])[column] ?? "";
        if (inside.tagName === "INPUT") inside.value = text;
        else inside.textContent = text;
        td.className = (looks[row] || [])[column] ?? "";
      });
    });
  }

  build();
  for (const name of ["columns", "names", "kinds"]) model.on(`change:${name}`, build);
  for (const name of ["texts", "looks"]) model.on(`change:${name}`, fill);
}
export default { render };
