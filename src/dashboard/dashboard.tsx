/** The page's first file: follows the server and renders what is known. */

import { render } from "preact";
import { watchReceipts } from "./commands.ts";
import { listenToKeys } from "./keyboard.ts";
import { applyLetterKeys } from "./letter-keys.ts";
import { followCauses } from "./notify.ts";
import { followAddress } from "./page-address.ts";
import { startStore } from "./page-store.ts";
import { applyTheme } from "./theme.ts";
import { followTitle } from "./title.ts";
import { Page } from "./view/page.tsx";

applyTheme();
applyLetterKeys();
followAddress();
startStore();
followTitle();
followCauses();
watchReceipts();
listenToKeys();

const root = document.querySelector("#page");
if (root !== null) render(<Page />, root);
