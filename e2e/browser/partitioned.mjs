// Looks at a page in a frame over TLS in a browser that blocks third parties' cookies: the session is in a cookie that is the host page's
// alone, and nothing of it is in the address. See embed_test.go.
import assert from "node:assert/strict";

process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the test's own certificate
const { api } = await import("./embed_api.mjs");
const { chromium, flags } = await import("./look.mjs");

const { BASE, CHROMIUM } = process.env;
const host = "http://localhost:4199/";

// accountInFrame shows the account interface in a frame: nobody does until the partner allows it, and the console never does.
async function accountInFrame(context, page) {
  const entry = async (to) => {
    const { Token } = await api("POST", "/accounts/aster/signintoken", { Username: "jo@aster.example" });
    return `${BASE}/account/signinwithtoken?token=${Token}&returnUrl=${encodeURIComponent(to)}`;
  };
  const show = (url) => page.evaluate((src) => {
    const frame = document.createElement("iframe");
    frame.src = src;
    frame.title = "Account";
    frame.style.cssText = "width:100%;height:600px";
    document.querySelector("#place").replaceChildren(frame);
  }, url);
  const within = page.frameLocator("#place iframe");
  await show(await entry("/a/aster/cycles"));
  await within.getByText("403 – Forbidden: Access is denied.").waitFor();
  await api("PUT", "/settings", { AccountInterfaceInFrames: true });
  for (const to of ["/a/aster/cycles", "/a/"]) {
    await show(await entry(to));
    await within.getByRole("heading", { name: "Cycles", exact: true }).waitFor();
    const frame = page.frames().find((f) => f.url().startsWith(BASE));
    assert.equal(new URL(frame.url()).pathname, "/a/aster/cycles");
    assert.ok(!/token/.test(frame.url()), frame.url());
  }
  await page.screenshot({ path: `${process.env.PICTURES ?? process.env.TMPDIR ?? "/tmp"}/account-in-frame.png` });
  const [cookie] = (await context.cookies()).filter((c) => c.name === "__Host-frame-session");
  assert.deepEqual([cookie.sameSite, cookie.secure, cookie.httpOnly, cookie.partitionKey], ["None", true, true, "http://localhost"]);
  for (const path of ["/", "/accounts", "/settings/general"]) {
    const refused = page.waitForEvent("console", (m) => /frame-ancestors/.test(m.text()));
    await show(BASE + path);
    await refused;
  }
  await api("PUT", "/settings", { AccountInterfaceInFrames: false });
  const refused = page.waitForEvent("console", (m) => /frame-ancestors/.test(m.text()));
  await show(`${BASE}/a/aster/cycles`);
  await refused;
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...flags, "--test-third-party-cookie-phaseout", "--disable-features=LocalNetworkAccessChecks"] }); // the host page comes from nowhere
try {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  await context.route(host, (route) => route.fulfill({ contentType: "text/html", body: `<div id="place"></div><script src="${BASE}/embed/host/embed.js"></script>` }));
  const page = await context.newPage();
  await page.goto(host);
  const { OrbitUrl } = await api("POST", "/accounts/aster/orbit", {});
  assert.ok(OrbitUrl.startsWith("https://"), OrbitUrl);
  await page.evaluate((url) => { Integrations.open({ url, mode: "inline", target: "#place" }); }, OrbitUrl);
  await page.frameLocator("#place iframe").getByRole("heading", { name: "Your integrations" }).waitFor();
  const frame = page.frames().find((f) => f.url().startsWith(BASE));
  assert.ok(!/session=|token=|#/.test(frame.url()), frame.url());
  const cookies = await context.cookies();
  assert.deepEqual(cookies.map((c) => [c.name.replace(/[0-9a-f]{12}$/, "visit"), c.sameSite, c.secure, c.httpOnly, c.partitionKey]).sort(),
    [["__Host-embed-session", "None", true, true, "http://localhost"], ["__Host-embed-visit", "None", true, true, "http://localhost"]]);
  const alone = await frame.evaluate(async () => (await fetch("/embed/data/orbit", { headers: { "X-Embed-Visit": new URLSearchParams(location.search).get("visit") } })).status);
  assert.equal(alone, 200, "the cookie alone is the session");
  await accountInFrame(context, page);
  const top = await context.newPage();
  assert.equal((await top.goto(`${BASE}/orbit`)).status(), 403, "it is of the host page's frames alone");
} finally {
  await browser.close();
}
