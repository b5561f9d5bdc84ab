/** The page for a browser without a session: one field, no script, no other files. */

import { createHash } from "node:crypto";

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 26rem; margin: 15vh auto; padding: 0 1rem; }
  label { display: block; margin-bottom: .25rem; }
  input, button { font: inherit; padding: .5rem .75rem; box-sizing: border-box; }
  input { width: 100%; margin-bottom: .75rem; }
  code { font-size: .9em; }
`;

const styleHash = createHash("sha256").update(STYLE).digest("base64");

/** The page may only show itself and send its form here. */
export const SIGN_IN_CSP = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** @param isRefused true if a wrong token was entered */
export function signInPage(isRefused: boolean): string {
  const alert = isRefused ? `<p role="alert">This is not the token of this server.</p>` : "";
  // Without an action the form goes to the page's own URL.
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Troupe: sign in</title>
<style>${STYLE}</style>
<main>
<h1>Troupe</h1>
${alert}
<form>
<label for="token">Token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password">
<button>Sign in</button>
</form>
<p>The first line that <code>troupe start</code> prints is an address with the token in it. It is also kept in the file <code>token</code> in the database's folder.</p>
</main>
</html>
`;
}
