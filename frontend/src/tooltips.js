// data-tip="text" on anything: a tooltip on hover, on focus and on touch.
import Tooltip from "bootstrap/js/dist/tooltip.js";

const OPTIONS = { selector: "[data-tip]", title: (element) => element.dataset.tip, trigger: "hover focus", container: "body" };

new Tooltip(document.body, OPTIONS);
