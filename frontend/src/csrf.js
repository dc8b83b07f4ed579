// The token for a request of fetch(). Whoever signs in again in another window has a new one in the cookie; over https
// behind a trusted proxy that has another name (web/cookies.py).
const cookie = (name) => new RegExp(`(?:^|; )${name}=([^;]+)`).exec(document.cookie)?.[1];

export const csrf = () => cookie("__Host-dingbell_csrf") ?? cookie("dingbell_csrf") ?? document.body.dataset.csrf;
