/** The name of a database on an object store, for the folder of its files on this machine. Pure. */

/** The last part of the URI that can name a folder. */
export function databaseName(location: string): string {
  const [address = ""] = location.split(/[?#]/, 1);
  const parts = address.split("/").map((part) => part.replaceAll(/[^A-Za-z0-9._-]/g, "_"));
  return parts.findLast((part) => /[^._]/.test(part)) ?? "remote";
}
