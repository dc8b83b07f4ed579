// [data-receivers]: whom of the chosen service a block tells. Everyone, or those ticked in a list that the server
// searches, so that tens of thousands can be chosen from. data-receivers holds the first choice: "robot 1,account 7".
// The block's title says in one line what is chosen, also by its selects [data-said].
import { parts } from "./fields.js";

const keyOf = ({ kind, id }) => `${kind} ${id}`;

function adopt(field) {
  const find = (name) => field.querySelector(`[data-part=${name}]`);
  const [every, choice, search, list, more] = ["every", "choice", "search", "list", "more"].map(find);
  const block = field.closest("[data-item]");
  const service = block.querySelector("[name=service]");
  const title = block.querySelector("[data-title]");
  const known = new Map(field.dataset.receivers.split(",").filter(Boolean).map((key) => [key, undefined]));
  const chosen = new Set(known.keys());
  let found = [];
  let count = 0;
  let asked = 0;

  async function ask() {
    const address = service.selectedOptions[0]?.dataset.address;
    const turn = ++asked;
    if (address) {
      const query = new URLSearchParams({ q: search.value.trim(), chosen: [...chosen].join(",") });
      const answer = await fetch(`${address}?${query}`).then((response) => response.json());
      if (turn !== asked) return; // something newer was asked meanwhile
      for (const one of [...answer.chosen, ...answer.found]) known.set(keyOf(one), one);
      ({ found, count } = answer);
      more.hidden = !answer.more;
    } else {
      [found, count] = [[], 0];
    }
    draw();
  }

  function draw() {
    const first = [...chosen].map((key) => known.get(key)).filter(Boolean);
    const rest = found.filter((one) => !chosen.has(keyOf(one)));
    list.replaceChildren(...[...first, ...rest].map(row));
    search.hidden = count <= 10;
    show();
  }

  function show() {
    choice.hidden = every.checked;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if (title) entitle();
  }

  function entitle() {
    const text = every.checked ? title.dataset.textEvery : title.dataset.textChosen;
    const said = [...block.querySelectorAll("[data-said]")].filter(({ value }) => value !== "");
    const line = [
      text.replace("{service}", service.selectedOptions[0]?.textContent.trim()).replace("{count}", every.checked ? count : chosen.size),
      ...said.map((select) => select.selectedOptions[0].textContent.trim()),
    ];
    title.textContent = service.value ? line.join(title.dataset.textBetween) : "";
  }

  function row(receiver) {
    const drawn = find("row").content.firstElementChild.cloneNode(true);
    const box = drawn.querySelector("input");
    box.checked = chosen.has(keyOf(receiver));
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(keyOf(receiver));
      else chosen.delete(keyOf(receiver));
      show();
    });
    drawn.querySelector(`[data-kind=${receiver.shown || receiver.kind}]`).hidden = false;
    drawn.querySelector("[data-name]").textContent = receiver.name;
    drawn.querySelector("[data-detail]").textContent = receiver.detail;
    return drawn;
  }

  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(ask, 200);
  });
  service.addEventListener("change", () => {
    chosen.clear();
    every.checked = true;
    search.value = "";
    ask();
  });
  every.addEventListener("change", show);
  for (const select of block.querySelectorAll("[data-said]")) select.addEventListener("change", show);
  const picked = () => [...chosen].map((key) => key.split(" ")).map(([kind, id]) => ({ [kind]: Number(id) }));
  parts.set(field, { value: () => (every.checked ? null : picked()) });
  ask();
}

const adoptAll = (root) => root.querySelectorAll("[data-receivers]").forEach((field) => parts.has(field) || adopt(field));
adoptAll(document);
document.addEventListener("rows-changed", ({ target }) => adoptAll(target));
