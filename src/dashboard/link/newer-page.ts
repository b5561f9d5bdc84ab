/** Whether the server has another build of this page. Its script is named by its content. */

/** The names of scripts in the text of the page. */
const scriptPattern = /<script[^>]* src="([^"]+)"/;

/** The script of the newer build; null if there is none, or if that is unknown. */
export async function findNewerPage(): Promise<string | null> {
  const own = document.querySelector("script[src]")?.getAttribute("src");
  try {
    // Relative to the page, because a proxy may serve it below a path.
    const response = await fetch("./", { cache: "no-store" });
    // The page that requires a sign-in has no script.
    const [, served] = scriptPattern.exec(await response.text()) ?? [];
    return response.ok && served !== undefined && served !== own ? served : null;
  } catch {
    return null;
  }
}
