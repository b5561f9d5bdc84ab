/** The order in which people expect ids: agent9 before agent10. Pure. */

const collator = new Intl.Collator("en", { numeric: true });

export function compareNaturally(a: string, b: string): number {
  return collator.compare(a, b);
}
