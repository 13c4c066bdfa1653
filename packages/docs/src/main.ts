import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRulebook } from '@kirchhoff/explain/node';
import { all, printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { pictureFolder } from './generate.js';
import { generateFrom, lawsPage } from './sources.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const made = all({ files: generateFrom(root), book: openRulebook() });

if (E.isLeft(made)) {
  process.stderr.write(`${printProblems(made.left)}\n`);
  process.exitCode = 1;
} else {
  const { files, book } = made.right;
  const laws = ['docs/laws.md', await lawsPage(book)] as const;
  rmSync(join(root, pictureFolder), { recursive: true, force: true });
  for (const [path, text] of [...files, laws]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  process.stdout.write(`${files.size + 1} files written below docs and schemas\n`);
}
