/**
 * `npm run quickstart`: from a fresh clone to a placed buffer on a real board. Fetches the arm64 board trees on the first run; where
 * that is not possible it says so and takes the example board of this project.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { boardFolder, provideBoards } from "./boards/provide.js";
import { ROOT } from "./project.js";

const PROGRAM = join(ROOT, "bin", "coalloc.js");

/** A Radxa ROCK 5B with 16 GiB: its display, and its 2D engine that reaches 4 GiB only, share one 4K picture. */
const REAL_BOARD = {
  tree: join(boardFolder("arm64"), "rockchip", "rk3588-rock-5b.dtb"),
  arguments: [
    ["--memory", "0x200000+0xefe00000,0x100000000+12G"],
    ["-d", "vop@fdd90000"],
    ["-d", "rga@fdb80000"],
    ["--image", "3840x2160:NV12"],
  ],
};

/** The board this project brings along. */
const EXAMPLE_BOARD = {
  tree: join(ROOT, "examples", "example-board.dtb"),
  arguments: [
    ["-d", "display@fd000000"],
    ["-d", "rga@fd100000"],
    ["--image", "1920x1080:NV12"],
  ],
};

function quote(word: string): string {
  return /^[\w./@:+,=-]+$/.test(word) ? word : `'${word}'`;
}

if (!existsSync(join(ROOT, "dist", "cli", "main.js"))) {
  console.error("quickstart: building");
  const build = spawnSync(process.execPath, ["tools/run.mjs", "tools/build.ts"], { cwd: ROOT, stdio: "inherit" });
  if (build.status !== 0) process.exit(1);
}

const missing = await provideBoards(["arm64"]);
let board = REAL_BOARD;
if (missing !== null || !existsSync(REAL_BOARD.tree)) {
  console.log(`Real boards cannot be had here: ${missing ?? "the kernel package has no rk3588-rock-5b.dtb"}.`);
  console.log("This is the example board that comes with coalloc instead.\n");
  board = EXAMPLE_BOARD;
}

const tree = relative(process.cwd(), board.tree);
const shown = [`npx coalloc place ${quote(tree)}`, ...board.arguments.map((words) => words.map(quote).join(" "))];
console.log(`$ ${shown.join(" \\\n    ")}\n`);
const run = spawnSync(process.execPath, [PROGRAM, "place", tree, ...board.arguments.flat()], { stdio: "inherit" });
process.exit(run.status ?? 70);
