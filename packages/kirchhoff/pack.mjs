// Makes what is packed: the bundle, and beside it the documents, fonts and the model that come along.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '..', '..');
const copy = (from, to) => {
  mkdirSync(dirname(join(here, to)), { recursive: true });
  cpSync(from, join(here, to), { recursive: true });
};

/** What lies beside the bundle only while it is packed. */
const beside = ['fonts', 'models', 'rules', 'schemas', 'README.md', 'LICENSE'];
const clear = () => beside.forEach((path) => rmSync(join(here, path), { recursive: true, force: true }));

clear();
if (process.argv.includes('--clear')) process.exit();
for (const path of ['rules', 'schemas', 'models/mnist-lenet', 'README.md', 'LICENSE'])
  copy(join(repository, path), path);

/** Faces that pictures and pages are set in. */
const faces = {
  'noto-sans': /^noto-sans-(?:latin|greek|latin-ext|cyrillic)-(?:400|600)-normal\.woff$/,
  'noto-sans-kr': /^noto-sans-kr-(?:latin|\d+)-(?:(?:400|600)-normal\.woff|400-normal\.woff2)$/,
};
const require = createRequire(join(repository, 'packages/sheet/package.json'));
for (const [font, pattern] of Object.entries(faces)) {
  const folder = dirname(require.resolve(`@fontsource/${font}/package.json`));
  for (const file of readdirSync(join(folder, 'files')).filter((name) => pattern.test(name)))
    copy(join(folder, 'files', file), `fonts/${font}/files/${file}`);
  for (const file of ['LICENSE', 'unicode.json']) copy(join(folder, file), `fonts/${font}/${file}`);
}

await bundle(here);
