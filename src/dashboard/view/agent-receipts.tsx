/** Receipts of one agent's actions, on its page, because that is where people look. */

import { now, receipts, receiptsVersion } from "../page-store.ts";
import { isReceiptShown } from "../state/receipts.ts";
import { ReceiptCard } from "./receipt-tray.tsx";

/** The newest stays, so that the page below does not move again. */
export function AgentReceipts({ agentId }: { readonly agentId: string }) {
  receiptsVersion.value;
  const own = receipts.list().filter((receipt) => receipt.agentId === agentId);
  const shown = own.filter(
    (receipt, at) => !receipt.isHidden && (at === 0 || isReceiptShown(receipt, now.value)),
  );
  return (
    <div class="agent-receipts" role="log" aria-label="Receipts of this agent">
      {shown.map((receipt) => (
        <ReceiptCard key={receipt.key} receipt={receipt} />
      ))}
    </div>
  );
}
