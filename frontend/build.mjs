// Bundles the front end into the directory named on the command line:
//   dingbell.css, dingbell.js (deferred), theme.js (runs before the first paint), icons.svg (a sprite),
//   each with a .gz beside it, and version.txt, which the pages put behind every address.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const target = process.argv[2] ?? "../src/dingbell/web/static/dist";
const icons = "node_modules/@tabler/icons/icons/outline";

/** One `<symbol>` for each name in icons.txt. */
function sprite() {
  const names = readFileSync("icons.txt", "utf8").split("\n").filter(Boolean);
  const symbols = names.map((name) => {
    const svg = readFileSync(join(icons, `${name}.svg`), "utf8");
    const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

const built = await esbuild.build({
  entryPoints: { dingbell: "src/dingbell.js", theme: "src/theme.js" },
  bundle: true,
  minify: true,
  legalComments: "none",
  target: ["chrome100", "firefox100", "safari15"],
  outdir: "out",
  write: false,
  logLevel: "warning",
});
const files = new Map(built.outputFiles.map((file) => [file.path.split(/[\\/]/).pop(), file.contents]));
files.set("icons.svg", Buffer.from(sprite()));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const hash = createHash("sha256");
for (const [name, contents] of [...files].sort()) {
  const packed = gzipSync(contents, { level: 9 });
  writeFileSync(join(target, name), contents);
  writeFileSync(join(target, `${name}.gz`), packed);
  hash.update(name).update(contents);
  console.log(`${name.padEnd(14)} ${(contents.length / 1024).toFixed(0).padStart(5)} KB  ${(packed.length / 1024).toFixed(0).padStart(4)} KB packed`);
}
writeFileSync(join(target, "version.txt"), `${hash.digest("hex").slice(0, 12)}\n`);
