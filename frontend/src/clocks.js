// Times of the day in a text field: input[data-clock] takes 8, 8:30, 0830 or 8：30：15 and shows HH:MM:SS.
// In [data-hours] the [data-next-day] is shown when the second of two such fields is not after the first.
const FULL_DAY = 24 * 3600;

function seconds(text) {
  const typed = text.trim().replaceAll("：", ":");
  const digits = /^\d{3,6}$/.test(typed) ? typed.padStart(typed.length > 4 ? 6 : 4, "0").match(/\d\d/g) : typed.split(":");
  if (digits.length > 3 || digits.some((part) => !/^\d{1,2}$/.test(part))) return undefined;
  const [hour, minute = 0, second = 0] = digits.map(Number);
  const total = hour * 3600 + minute * 60 + second;
  return minute < 60 && second < 60 && total <= FULL_DAY ? total : undefined;
}

function written(total) {
  return [total / 3600, (total / 60) % 60, total % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

function mark(hours) {
  const [start, end] = [...hours.querySelectorAll("[data-clock]")].map(({ value }) => seconds(value));
  hours.querySelector("[data-next-day]").hidden = start === undefined || end === undefined || end > start || end === 0;
}

document.addEventListener(
  "change",
  ({ target }) => {
    if (target.dataset.clock === undefined) return;
    const total = seconds(target.value);
    if (total !== undefined) target.value = written(total);
  },
  true,
);
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    const hours = target.closest("[data-hours]");
    if (hours) mark(hours);
  });
}
document.addEventListener("rows-changed", ({ target }) => target.querySelectorAll("[data-hours]").forEach(mark));
document.querySelectorAll("[data-hours]").forEach(mark);
