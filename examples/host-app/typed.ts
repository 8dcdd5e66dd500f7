// The same as app.js does, for pages that are built from modules: with @paceline/embed as a package, and its types.
import { EmbedError, open, type Opened, type Result } from "@paceline/embed";

const asked = (path: string): Promise<string> => fetch(path, { method: "POST" }).then((answer) => answer.json()).then(({ url }: { url: string }) => url);

// launch opens LAUNCH over the page, and says which addresses events are to be sent to.
export async function launch(say: (text: string) => void): Promise<string[]> {
  let opened: Opened;
  try {
    opened = open({ url: asked("/launch"), mode: "modal", title: "Add an integration", onChange: ({ type, id }) => say(`${id} was ${type}`) });
  } catch (why) {
    if (why instanceof EmbedError && why.code === "popup_blocked") say("Allow the window, please.");
    return [];
  }
  const result: Result | null = await opened.result;
  if (result === null) return [];
  say(result.errors.length > 0 ? result.errors.join(" ") : `It is ${result.status ?? "set up"}.`);
  return result.webhooks ?? [];
}

// market shows a marketplace within an element for as long as the page is there.
export const market = (place: HTMLElement, told: (packages: number | undefined) => void): Opened =>
  open({ url: asked("/marketplace"), mode: "inline", target: place, onResult: (result) => told(result.marketplacePackageId) });
