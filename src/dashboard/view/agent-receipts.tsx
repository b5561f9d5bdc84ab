/** Receipts of one agent's actions, on its page, because that is where people look. */

import { now, receipts, receiptsVersion } from "../page-store.ts";
import { isReceiptShown } from "../state/receipts.ts";
import { ReceiptCard } from "./receipt-tray.tsx";

const SHOWN_MAX = 3;

export function AgentReceipts({ agentId }: { readonly agentId: string }) {
  receiptsVersion.value;
  const own = receipts.list().filter((receipt) => receipt.agentId === agentId);
  const shown = own.filter((receipt) => isReceiptShown(receipt, now.value)).slice(0, SHOWN_MAX);
  return (
    <div class="agent-receipts" role="log" aria-label="Receipts of this agent">
      {shown.map((receipt) => (
        <ReceiptCard key={receipt.key} receipt={receipt} />
      ))}
    </div>
  );
}
