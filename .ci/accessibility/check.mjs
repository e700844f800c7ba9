// Checks pages of `huntc report` with axe-core (WCAG 2.2 A and AA, best practices). In a real browser, where one is installed: light and
// dark, wide and narrow, with every <details> open, and no request may leave the page. Else in jsdom, which lays nothing out and so
// cannot judge contrast; the test suite computes that.
//
// node check.mjs [--modules FOLDER] [--screenshots FOLDER] PAGE.html …
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";

const pages = [];
let modules = null;
let screenshots = null;
for (let words = process.argv.slice(2); words.length > 0; ) {
  const word = words.shift();
  if (word === "--modules") modules = words.shift();
  else if (word === "--screenshots") screenshots = words.shift();
  else pages.push(word);
}
const require = createRequire(modules ? path.resolve(modules, "here.js") : import.meta.url);
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

function browser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      // Not this one.
    }
  }
  return null;
}

let failed = false;
function report(page, where, violations) {
  for (const each of violations) {
    failed = true;
    console.error(`${page} (${where}): ${each.id}: ${each.help}`);
    for (const node of each.nodes.slice(0, 5)) console.error(`  ${node.html.slice(0, 200)}\n  ${node.failureSummary ?? ""}`);
  }
}

async function inBrowser(executablePath) {
  const puppeteer = require("puppeteer-core");
  const launched = await puppeteer.launch({ executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
  let forms = 0;
  try {
    for (const file of pages) {
      for (const scheme of ["light", "dark"]) {
        for (const width of [1280, 360]) {
          const where = `${scheme}, ${width} px`;
          const tab = await launched.newPage();
          const requests = [];
          const errors = [];
          tab.on("request", (request) => requests.push(request.url()));
          tab.on("pageerror", (error) => errors.push(String(error)));
          // axe is put in from outside; the page's own policy would refuse it, as it refuses everything.
          await tab.setBypassCSP(true);
          await tab.setViewport({ width, height: 900 });
          await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
          const url = pathToFileURL(path.resolve(file)).href;
          await tab.goto(url);
          const name = path.basename(file, ".html");
          if (screenshots) {
            await tab.screenshot({ path: path.join(screenshots, `${name}-${scheme}-${width}.png`) });
            await tab.evaluate(() => {
              const heading = document.querySelector("article");
              if (heading) {
                heading.querySelectorAll("details").forEach((each) => (each.open = true));
                heading.scrollIntoView();
              }
            });
            await tab.screenshot({ path: path.join(screenshots, `${name}-${scheme}-${width}-rule.png`) });
          }
          const wide = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          if (wide > 0) {
            failed = true;
            console.error(`${file} (${where}): the page is ${wide} px wider than the window`);
          }
          const hidden = await tab.evaluate(() => document.querySelectorAll("button[hidden]").length);
          if (hidden > 0) {
            failed = true;
            console.error(`${file} (${where}): the script did not run: ${hidden} buttons are hidden`);
          }
          await tab.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
          await tab.evaluate(axeSource);
          const results = await tab.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ["violations"] }), tags);
          report(file, where, results.violations);
          const foreign = requests.filter((request) => request !== url);
          if (foreign.length > 0 || errors.length > 0) {
            failed = true;
            console.error(`${file} (${where}): requests ${foreign.join(", ")}; errors ${errors.join(", ")}`);
          }
          await tab.close();
          forms += 1;
        }
      }
      // The page as its readers get it, with its own policy: the script runs, and one that a value smuggled in would not.
      const tab = await launched.newPage();
      const refused = [];
      tab.on("console", (message) => message.type() === "error" && refused.push(message.text()));
      await tab.goto(pathToFileURL(path.resolve(file)).href);
      const buttons = await tab.evaluate(() => document.querySelectorAll("button[data-copy]:not([hidden])").length);
      const all = await tab.evaluate(() => document.querySelectorAll("button[data-copy]").length);
      if (buttons !== all || refused.length > 0) {
        failed = true;
        console.error(`${file}: ${buttons} of ${all} buttons work under the page's policy; ${refused.join("; ")}`);
      }
      await tab.close();
    }
  } finally {
    await launched.close();
  }
  console.log(`report: ${pages.length} page(s) in ${forms} forms pass axe-core in a browser; no request leaves them`);
}

async function inJsdom() {
  const { JSDOM } = require("jsdom");
  for (const file of pages) {
    const dom = new JSDOM(fs.readFileSync(file, "utf8"), { runScripts: "outside-only", pretendToBeVisual: true });
    dom.window.document.querySelectorAll("details").forEach((each) => (each.open = true));
    dom.window.eval(axeSource);
    const rules = { "color-contrast": { enabled: false } };
    const results = await dom.window.axe.run(dom.window.document, { runOnly: tags, rules, resultTypes: ["violations"] });
    report(file, "jsdom", results.violations);
  }
  console.log(`report: ${pages.length} page(s) pass axe-core in jsdom; no browser is installed, so no picture was looked at`);
}

const found = browser();
if (found) await inBrowser(found);
else await inJsdom();
process.exit(failed ? 1 : 0);
