// The accounts of a service: any number of them, shown a page at a time, so that thousands stay quick.
// [data-accounts="#id of their JSON"] holds search, table, row template and paging. Lines pasted from a
// spreadsheet (userId, name, mobile) become rows.
import { mark, parts } from "./fields.js";

const ROWS = window.matchMedia("(min-width: 48rem)").matches ? 20 : 10;
const FIELDS = ["user_id", "name", "mobile"];
const HEADING = /^(user\s*id|员工\s*userid|唯一\s*id)/i;

function adopt(field) {
  const accounts = JSON.parse(document.querySelector(field.dataset.accounts).textContent);
  const stored = JSON.stringify(accounts);
  const find = (name) => field.querySelector(`[data-part=${name}]`);
  const isEmpty = (account) => FIELDS.every((name) => account[name] === "");
  const body = find("rows");
  const search = find("search");
  const problems = new Map(); // account → {field: message}
  let page = 0;

  const blank = () => ({ user_id: "", name: "", mobile: "" });
  if (!accounts.length) accounts.push(blank());
  const shown = () => {
    const wanted = search.value.trim().toLowerCase();
    return wanted ? accounts.filter((one) => FIELDS.some((name) => one[name].toLowerCase().includes(wanted))) : accounts;
  };
  const tell = () => field.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));

  function draw() {
    const found = shown();
    const pages = Math.max(1, Math.ceil(found.length / ROWS));
    page = Math.min(page, pages - 1);
    body.replaceChildren(...found.slice(page * ROWS, (page + 1) * ROWS).map(row));
    tally();
    say(find("place"), { page: page + 1, pages });
    find("paging").hidden = pages === 1;
    search.parentElement.hidden = accounts.length <= 10;
    find("back").disabled = page === 0;
    find("on").disabled = page === pages - 1;
    tell();
  }

  const tally = () => say(find("count"), { count: accounts.filter((one) => !isEmpty(one)).length });

  function row(account) {
    const drawn = find("row").content.firstElementChild.cloneNode(true);
    for (const name of FIELDS) {
      const input = drawn.querySelector(`[name=${name}]`);
      input.value = account[name];
      input.addEventListener("input", () => {
        account[name] = input.value;
        tally();
        delete problems.get(account)?.[name];
      });
      input.addEventListener("paste", (event) => paste(event, account, name));
      const problem = problems.get(account)?.[name];
      if (problem) mark(input, problem);
    }
    const remove = drawn.querySelector("[data-remove]");
    remove.hidden = accounts.length === 1;
    remove.addEventListener("click", () => {
      accounts.splice(accounts.indexOf(account), 1);
      draw();
    });
    return drawn;
  }

  function paste(event, account, name) {
    const text = event.clipboardData.getData("text").replace(/[\r\n]+$/, "");
    if (!/[\t\n]/.test(text)) return;
    event.preventDefault();
    const names = FIELDS.slice(FIELDS.indexOf(name));
    const fresh = text
      .split(/\r?\n/)
      .filter((line) => line.trim() && !HEADING.test(line.trim()))
      .map((line) => {
        const cells = line.split("\t").map((cell) => cell.trim());
        return Object.assign(blank(), Object.fromEntries(names.map((one, place) => [one, cells[place] ?? ""])));
      });
    const empty = isEmpty(account);
    accounts.splice(accounts.indexOf(account) + (empty ? 0 : 1), empty ? 1 : 0, ...fresh);
    draw();
  }

  // From a file (import.js): who is here already is brought up to date.
  function take(people) {
    const known = new Map(accounts.map((one) => [one.user_id.trim(), one]));
    for (const { user_id, name, mobile, department } of people) {
      const one = known.get(user_id);
      if (one) Object.assign(one, { name, mobile: mobile || one.mobile, department });
      else accounts.push({ user_id, name, mobile, department });
    }
    const filled = accounts.filter((one) => !isEmpty(one));
    accounts.splice(0, accounts.length, ...(filled.length ? filled : [blank()]));
    search.value = "";
    draw((page = 0));
  }

  function add() {
    search.value = "";
    accounts.push(blank());
    page = Infinity;
    draw();
    body.lastElementChild.querySelector("input").focus();
  }

  function problem([position, name], message) {
    const account = accounts[position];
    if (!account) {
      mark(field, message);
      return;
    }
    if (!problems.size) {
      search.value = "";
      page = Math.floor(position / ROWS);
      queueMicrotask(draw); // once, when all problems are known
    }
    problems.set(account, { ...problems.get(account), [name ?? FIELDS[0]]: message });
  }

  find("add").addEventListener("click", add);
  find("back").addEventListener("click", () => draw((page -= 1)));
  find("on").addEventListener("click", () => draw((page += 1)));
  document.addEventListener("people-found", ({ detail }) => take(detail));
  search.addEventListener("input", () => draw((page = 0)));
  // What was not touched is not sent: it stays as it is stored.
  const value = () => (JSON.stringify(accounts) === stored ? undefined : accounts);
  parts.set(field, { value, problem, forget: () => problems.clear() });
  draw();
}

function say(place, values) {
  place.textContent = place.dataset.text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

document.querySelectorAll("[data-accounts]").forEach(adopt);
