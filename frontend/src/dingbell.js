// The one script of every page. Behaviour hangs on data attributes (docs/pages.md); texts come from the page.
import "bootstrap/js/dist/dropdown.js";
import "bootstrap/js/dist/collapse.js";
import "bootstrap/js/dist/modal.js";
import "./dingbell.css";
import "./requests.js";
import "./menu.js";
import "./toasts.js";
import "./confirm.js";
import "./forms.js";
import "./reveal.js";
import "./tooltips.js";
