import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const own = '@kirchhoff/';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Configuration {
  readonly references?: readonly { readonly path: string }[];
}

/** A file of the repository: its path from the root with `/`, and its text. */
export interface File {
  readonly path: string;
  readonly text: string;
}

/** A package as its own files describe it. */
export interface Package {
  readonly name: string;
  /** Rooms of this repository that package.json names, without the scope. */
  readonly rooms: readonly string[];
  /** Every other package that package.json names. */
  readonly libraries: readonly string[];
  /** Rooms that tsconfig.json refers to. */
  readonly references: readonly string[];
  /** `src/**`, what tools generated left out. */
  readonly sources: readonly File[];
}

const skipped: ReadonlySet<string> = new Set(['node_modules', 'dist', 'out', 'generated', '.git']);

const readJson = <A>(path: string): A => JSON.parse(readFileSync(join(root, path), 'utf8')) as A;

/** All files below a folder whose names end in `end`, without what was installed, built or generated. */
export const filesBelow = (folder: string, end: string): readonly File[] => {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(start, entry.name);
      const named = relative(root, path).split(sep).join('/');
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(named, end);
      return entry.name.endsWith(end) ? [{ path: named, text: readFileSync(path, 'utf8') }] : [];
    });
};

const roomsAmong = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name.startsWith(own)).map((name) => name.slice(own.length));

const readPackage = (name: string): Package => {
  const { dependencies = {}, devDependencies = {} } = readJson<Manifest>(`packages/${name}/package.json`);
  const { references = [] } = readJson<Configuration>(`packages/${name}/tsconfig.json`);
  const names = Object.keys(dependencies);
  return {
    name,
    rooms: roomsAmong([...names, ...Object.keys(devDependencies)]),
    libraries: names.filter((dependency) => !dependency.startsWith(own)),
    references: references.map(({ path }) => path.replace(/^\.\.\//, '')),
    sources: filesBelow(`packages/${name}/src`, '.ts'),
  };
};

/** Every package of the workspace. */
export const packages: readonly Package[] = readdirSync(join(root, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(root, 'packages', entry.name, 'package.json')))
  .map(({ name }) => readPackage(name))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Rooms that the root knows: those its tests may import, and those that it builds. */
export const rootRooms = {
  dependencies: roomsAmong(Object.keys(readJson<Manifest>('package.json').devDependencies ?? {})),
  references: (readJson<Configuration>('tsconfig.json').references ?? []).map(({ path }) =>
    path.replace(/^packages\//, ''),
  ),
};

/** One import: what it names, and whether nothing of it is left at run time. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const statement = /^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+['"]([^'"]+)['"]/gm;
const effect = /^\s*import\s+()['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*()['"]([^'"]+)['"]\s*\)/g;

/** Every module that a source names in an import or export. */
export const importsOf = ({ text }: File): readonly Import[] =>
  [statement, effect, dynamic].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, type, specifier = '']) => ({ specifier, typeOnly: Boolean(type) })),
  );

/** The package that a bare specifier names: `fp-ts/lib/Either.js` is `fp-ts`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
