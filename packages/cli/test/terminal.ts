import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonizers } from '@kirchhoff/rewrite';
import { runProgram } from '../src/index.js';

/** The repository's folder, with a slash at its end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Text, bytes, zeros that take no room, or a file or folder of the repository (of which only the first `bytes`, where given). */
export type FileSpec =
  string | { readonly base64: string } | { readonly size: number } | { readonly copy: string; readonly bytes?: number };

const place = (path: string, spec: FileSpec): void => {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof spec === 'string') writeFileSync(path, spec);
  else if ('base64' in spec) writeFileSync(path, Buffer.from(spec.base64, 'base64'));
  else if ('size' in spec) {
    writeFileSync(path, '');
    truncateSync(path, spec.size);
  } else if (spec.bytes === undefined) cpSync(join(root, spec.copy), path, { recursive: true });
  else writeFileSync(path, readFileSync(join(root, spec.copy)).subarray(0, spec.bytes));
};

const names = new Set([
  ...['rules', 'rules/composites'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => file.replace(/\.json$/, '')),
  ),
  ...canonizers.map(({ name }) => name),
]);

/** Lists of the library's own rules, composites and rewrites as "…", so that adding one changes no text. */
const withoutLibrary = (text: string): string =>
  text.replaceAll(/(?<=: )[a-z\d-]+(?:, [a-z\d-]+)*$/gm, (list) =>
    list.split(', ').every((name) => names.has(name)) ? '…' : list,
  );

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A temporary folder, called DIR in arguments and in what is said. */
export interface Desk {
  readonly folder: string;
  /** Runs the command line; paths in the repository (`models/…`, `specs/…`) may be relative to it. */
  readonly run: (...args: readonly string[]) => Promise<Said>;
  readonly clear: () => void;
}

export const openDesk = (files: Readonly<Record<string, FileSpec>> = {}): Desk => {
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-cli-'));
  for (const [path, spec] of Object.entries(files)) place(join(folder, path), spec);
  const absolute = (arg: string): string =>
    arg.replace(/(?<=^|=)(models|specs)\//, `${root}$1/`).replaceAll('DIR', folder);
  const shown = (text: string): string => withoutLibrary(text.replaceAll(folder, 'DIR').replaceAll(root, ''));
  return {
    folder,
    run: async (...args) => {
      const said = { out: '', err: '' };
      const code = await runProgram(args.map(absolute), {
        out: (text) => (said.out += text),
        err: (text) => (said.err += text),
      });
      return { code, out: shown(said.out), err: shown(said.err) };
    },
    clear: () => rmSync(folder, { recursive: true, force: true }),
  };
};
