// dialog[data-import="address"]: a file of contacts is sent there, what it would change is shown by kind and page,
// and a press sends it again to be stored. With data-into-form (a service not stored yet) the people go to the rows
// of the form instead. Columns are templates[data-columns]; each th names its field in data-cell.
import htmx from "htmx.org";
import { csrf } from "./csrf.js";
import { toast } from "./toasts.js";

const ROWS = 8;
const ALL = 100000;
const KINDS = ["new", "changed", "unchanged", "missing", "to_confirm", "rejected", "skipped", "merged"];
const PEOPLE = ["new", "unchanged"];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function adopt(dialog) {
  const part = (name) => dialog.querySelector(`[data-part=${name}]`);
  const { dataset } = dialog;
  const file = part("file");
  const make = part("make");
  const numbers = part("numbers").querySelector("input");
  const remove = part("remove").querySelector("input");
  const tabs = [...dialog.querySelectorAll("[data-tab]")];
  const unnamed = part("name").textContent;
  const usual = make.textContent;
  let told = null;
  let kind = "new";
  let page = 0;
  let wanted = [];

  function begin() {
    told = null;
    file.value = "";
    numbers.checked = remove.checked = false;
    part("choose").hidden = false;
    part("found").hidden = part("again").hidden = part("problem").hidden = part("reading").hidden = true;
    part("name").textContent = unnamed;
    make.textContent = usual;
    make.disabled = true;
  }

  async function send(dryRun) {
    const body = new FormData();
    body.append("file", file.files[0]);
    const wishes = new URLSearchParams({ dry_run: dryRun, numbers: numbers.checked, remove_missing: remove.checked, listed: dryRun ? ALL : 0 });
    const answer = await fetch(`${dataset.import}?${wishes}`, { method: "POST", body, headers: { "X-CSRFToken": csrf() } });
    if (answer.redirected) return { problem: dataset.textSignedOut };
    if (answer.status === 413) return { problem: dataset.textTooLarge };
    return answer.ok ? answer.json() : { problem: dataset.textFailed };
  }

  async function ask(dryRun) {
    dialog.ariaBusy = "true";
    make.disabled = true;
    part("problem").hidden = true;
    part("reading").hidden = false;
    try {
      return await send(dryRun);
    } catch {
      return { problem: dataset.textFailed };
    } finally {
      dialog.ariaBusy = "false";
      part("reading").hidden = true;
    }
  }

  async function preview(keepKind) {
    if (!file.files.length) return;
    const name = file.files[0].name;
    part("name").textContent = name;
    const { answer, problem } = await ask(true);
    if (problem) return refuse(problem);
    told = answer;
    part("choose").hidden = true;
    part("found").hidden = part("again").hidden = false;
    for (const tab of tabs) {
      const count = told.counts[tab.dataset.tab];
      tab.querySelector("[data-count]").textContent = count;
      tab.hidden = count === 0 && tab.dataset.tab !== "new";
    }
    part("numbers").hidden = told.counts.to_confirm === 0;
    part("remove").hidden = told.counts.missing === 0;
    part("differ").hidden = !told.merged.some((one) => one.names_differ);
    show(keepKind && told.counts[kind] ? kind : (KINDS.find((one) => told.counts[one] > 0) ?? "new"));
    count();
  }

  function refuse(problem) {
    part("choose").hidden = false;
    part("found").hidden = part("again").hidden = true;
    const box = part("problem");
    box.querySelector("div").textContent = problem;
    box.hidden = false;
    file.value = "";
  }

  function show(wanted) {
    kind = wanted;
    page = 0;
    for (const tab of tabs) {
      const chosen = tab.dataset.tab === kind;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
    }
    draw();
  }

  function draw() {
    const columns = dialog.querySelector(`[data-columns=${PEOPLE.includes(kind) ? "people" : kind}]`);
    const heading = columns.content.firstElementChild.cloneNode(true);
    const cells = [...heading.children];
    const rows = told[kind];
    const pages = Math.max(1, Math.ceil(rows.length / ROWS));
    dialog.querySelector("thead").replaceChildren(heading);
    dialog.querySelector("tbody").replaceChildren(
      ...rows.slice(page * ROWS, (page + 1) * ROWS).map((one) => {
        const row = document.createElement("tr");
        row.append(...cells.map((cell) => written(one, cell.dataset)));
        return row;
      }),
    );
    offer(rows.filter((one) => kind !== "merged" && one.mobile && one.reason));
    part("paging").hidden = pages === 1;
    part("place").textContent = fill(dataset.textPlace, { page: page + 1, pages });
    part("back").disabled = page === 0;
    part("on").disabled = page === pages - 1;
  }

  // Who has no userId that can be used may be found by mobile number; the dialog for that opens over this one.
  function offer(people) {
    const button = part("mobiles");
    const most = Number(button.dataset.most);
    button.hidden = people.length === 0;
    if (!most) return;
    wanted = people.slice(0, most).map((one) => one.mobile);
    button.textContent = fill(people.length > most ? button.dataset.textFirst : button.dataset.text, { count: wanted.length });
  }

  function written(one, column) {
    const cell = document.createElement("td");
    const value = one[column.cell];
    const sheet = { row: one.sheet, first_row: one.first_sheet }[column.cell];
    if (sheet !== undefined) cell.textContent = told.sheets.length > 1 ? `${sheet} ${value}` : value;
    else if (column.cell !== "changes") cell.textContent = value || "—";
    else {
      for (const [name, { before, after }] of Object.entries(value)) {
        const line = document.createElement("div");
        line.textContent = fill(dataset.textChange, { field: column[name], before: before || dataset.textEmpty, after });
        cell.append(line);
      }
    }
    return cell;
  }

  function count() {
    const { counts } = told;
    const people = counts.new + counts.changed + (numbers.checked ? counts.to_confirm : 0);
    const gone = remove.checked ? told.missing.filter((one) => !one.rules).length : 0;
    make.textContent = fill(gone ? dataset.textStore : dataset.textImport, { count: people + gone });
    make.disabled = people + gone === 0;
  }

  async function store() {
    if (dataset.intoForm !== undefined) {
      const people = [...told.new, ...(numbers.checked ? told.to_confirm : [])];
      document.dispatchEvent(new CustomEvent("people-found", { detail: people }));
      dialog.close();
      return;
    }
    const { said, problem } = await ask(false);
    if (problem) return refuse(problem);
    dialog.close();
    toast(said, "success");
    document.body.dispatchEvent(new CustomEvent("accounts-changed"));
  }

  file.addEventListener("change", () => preview());
  for (const type of ["dragover", "drop"]) {
    part("drop").addEventListener(type, (event) => {
      event.preventDefault();
      if (type === "drop" && event.dataTransfer.files.length) {
        file.files = event.dataTransfer.files;
        preview();
      }
    });
  }
  for (const tab of tabs) tab.addEventListener("click", () => show(tab.dataset.tab));
  dialog.querySelector("[role=tablist]").addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const there = tabs.filter((tab) => !tab.hidden);
    const next = step && there[there.findIndex((tab) => tab.dataset.tab === kind) + step];
    if (next) {
      show(next.dataset.tab);
      next.focus();
    }
  });
  part("back").addEventListener("click", () => draw((page -= 1)));
  part("on").addEventListener("click", () => draw((page += 1)));
  part("again").addEventListener("click", begin);
  if (part("mobiles").dataset.address) {
    part("mobiles").addEventListener("click", ({ target }) =>
      htmx.ajax("POST", target.dataset.address, { source: target, target: "#dialog", values: { mobiles: wanted.join("\n") } }),
    );
    document.body.addEventListener("accounts-changed", () => dialog.open && told && preview(true));
  }
  for (const box of [numbers, remove]) box.addEventListener("change", count);
  make.addEventListener("click", store);
  dialog.addEventListener("close", begin);
}

document.querySelectorAll("dialog[data-import]").forEach(adopt);
