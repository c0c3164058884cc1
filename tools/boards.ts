/**
 * `npm run boards`: real device trees from Debian's kernel packages, into the cache folder.
 * Exit 0 when both architectures are there, 4 when one is not.
 */
import { type BoardArchitecture, boardFolder, provideBoards } from "./boards/provide.js";

const known: readonly BoardArchitecture[] = ["arm64", "armhf"];
const named = process.argv.slice(2);
const wrong = named.find((name) => !known.some((architecture) => architecture === name));
if (wrong !== undefined) {
  console.error(`boards: ${wrong} is no architecture with trees; there are ${known.join(" and ")}`);
  process.exit(2);
}
const wanted = named.length === 0 ? known : known.filter((architecture) => named.includes(architecture));
const missing = await provideBoards(wanted);
if (missing !== null) {
  console.error(`boards: ${missing}`);
  process.exit(4);
}
for (const architecture of wanted) console.log(boardFolder(architecture));
