import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { pictureFolder } from './generate.js';
import { generateFrom } from './sources.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const files = generateFrom(root);

if (E.isLeft(files)) {
  process.stderr.write(`${printProblems(files.left)}\n`);
  process.exitCode = 1;
} else {
  rmSync(join(root, pictureFolder), { recursive: true, force: true });
  for (const [path, text] of files.right) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  process.stdout.write(`${files.right.size} files written below docs and schemas\n`);
}
