/** Receipts of the actions requested here: queued, then confirmed, rejected or dead. */

import { plural } from "../../picture/number-text.ts";
import type { Tone } from "../../picture/status-look.ts";
import { durationText } from "../../picture/time-text.ts";
import { now, receipts, receiptsVersion, route, touchReceipts } from "../page-store.ts";
import { isReceiptShown, type Receipt, type RequestRest, verdictOf } from "../state/receipts.ts";
import { IconButton } from "./button.tsx";
import type { IconName } from "./icon.tsx";
import { Mark } from "./marks.tsx";
import { Modal } from "./modal.tsx";

const SHOWN_MAX = 4;
const SHOWN_OF_AGENT_MAX = 3;

export function ReceiptTray() {
  // The receipts of an agent are on its page.
  const place = route.value;
  const own = place.page === "agent" ? place.id : null;
  const isHere = ({ agentId }: Receipt) => agentId === null || agentId !== own;
  return (
    <div class="receipts" role="log" aria-label="Receipts" aria-live="polite">
      <Shown isHere={isHere} max={SHOWN_MAX} />
    </div>
  );
}

/** On the agent's page, because that is where people look. */
export function AgentReceipts({ agentId }: { readonly agentId: string }) {
  return (
    <div class="agent-receipts" role="log" aria-label="Receipts of this agent">
      <Shown isHere={(receipt) => receipt.agentId === agentId} max={SHOWN_OF_AGENT_MAX} />
    </div>
  );
}

interface ShownProps {
  readonly isHere: (receipt: Receipt) => boolean;
  readonly max: number;
}

function Shown({ isHere, max }: ShownProps) {
  receiptsVersion.value;
  const here = receipts.list().filter(isHere);
  const shown = here.filter((receipt) => isReceiptShown(receipt, now.value)).slice(0, max);
  return (
    <>
      {shown.map((receipt) => (
        <ReceiptCard key={receipt.key} receipt={receipt} />
      ))}
    </>
  );
}

interface ReceiptCardProps {
  readonly receipt: Receipt;
  /** It cannot be closed. */
  readonly isKept?: boolean;
}

function ReceiptCard({ receipt, isKept = false }: ReceiptCardProps) {
  const { key, title, errors } = receipt;
  const tone = toneOf(receipt);
  const verdict = verdictOf(receipt);
  return (
    <div class="receipt" data-tone={tone} data-state={verdict}>
      <Mark tone={tone} icon={icons[tone]} />
      <div class="receipt-body">
        <span class="receipt-title">{verdict === "confirmed" ? pastOf(title) : title}</span>
        <ReceiptState receipt={receipt} />
        {errors.map((error) => (
          <p key={error.message} class="receipt-error">
            <code>{error.code}</code> {error.message}
          </p>
        ))}
      </div>
      {!isKept && (
        <IconButton
          icon="close"
          label={`Dismiss: ${title}`}
          isBare
          onClick={() => {
            receipts.hide(key);
            touchReceipts();
          }}
        />
      )}
    </div>
  );
}

function ReceiptState({ receipt }: { readonly receipt: Receipt }) {
  const { state, total, counts, rest, askedAt, settledAt } = receipt;
  const verdict = verdictOf(receipt);
  const took = settledAt === null ? "" : durationText(settledAt - askedAt);
  let text = verdict;
  if (state === "sending" && receipt.isRepeated) text = "no answer yet, sending again";
  else if (state === "unanswered") text = "not answered";
  else if (verdict === "confirmed") text = `(${took})`;
  else if (state === "queued" && total > 1) text = `queued, ${counts.done} of ${total} done`;
  else if (state === "settled") text = `${isBulk(receipt) ? bulkText(counts) : verdict} in ${took}`;
  return (
    <span class="receipt-state">
      {text}
      {rest !== null && `; ${restText(rest)}`}
    </span>
  );
}

function isBulk({ total, rest }: Receipt): boolean {
  return total > 1 || rest !== null;
}

/** The agents without an accepted action. */
function restText({ refused, unanswered, unsent }: RequestRest): string {
  const parts = [
    [refused, "refused"],
    [unanswered, "not answered"],
    [unsent, "not sent"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}

/** `Paused agent1`, from `Pause agent1`. */
function pastOf(title: string): string {
  return title.replace(/^\w+/, (verb) => (verb.endsWith("e") ? `${verb}d` : `${verb}ed`));
}

function bulkText({ done, cancelled, rejected, dead }: Receipt["counts"]): string {
  const parts = [`${done} done`];
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  if (rejected > 0) parts.push(`${rejected} rejected`);
  if (dead > 0) parts.push(plural(dead, "dead letter"));
  return parts.join(", ");
}

function toneOf(receipt: Receipt): Tone {
  const { state, counts, total, rest } = receipt;
  if (state === "refused" || state === "unanswered" || rest !== null) return "bad";
  if (state !== "settled") return "busy";
  if (counts.dead > 0) return "bad";
  return counts.done === total ? "good" : "held";
}

const icons: Readonly<Record<Tone, IconName>> = {
  good: "check",
  busy: "wait",
  held: "close",
  bad: "error",
  idle: "wait",
};

/** All receipts of this page, including closed ones. */
export function ReceiptsDialog() {
  receiptsVersion.value;
  const all = receipts.list();
  return (
    <Modal title="Receipts">
      <div class="all-receipts">
        {all.map((receipt) => (
          <ReceiptCard key={receipt.key} receipt={receipt} isKept />
        ))}
      </div>
      {all.length === 0 && (
        <p class="faint">Nothing has been requested since this page was opened.</p>
      )}
    </Modal>
  );
}
