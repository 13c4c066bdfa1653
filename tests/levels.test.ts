import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { codeIn, rowsOf } from './markdown.js';
import { filesBelow, importsOf, packageOf, packages, rootRooms } from './repository.js';

/** What each room may depend on: the one place where the levels are written down. */
const levels: { readonly [room: string]: readonly string[] } = {
  message: [],
  formula: ['message'],
  graph: ['message'],
  rule: ['formula', 'graph', 'message'],
  rewrite: ['graph', 'message'],
  onnx: ['graph', 'message'],
  relevance: ['rule', 'graph', 'formula', 'message'],
  runtime: ['graph', 'onnx', 'message'],
  text: ['message', 'graph'],
  explain: ['message', 'formula', 'graph', 'rule', 'rewrite', 'onnx', 'relevance', 'runtime', 'text'],
  compare: ['message', 'graph', 'rule', 'runtime', 'text', 'explain', 'verify', 'picture', 'sheet'],
  verify: ['message', 'formula', 'graph', 'rule', 'rewrite', 'onnx', 'relevance', 'runtime', 'explain'],
  picture: ['message', 'text', 'explain'],
  sheet: ['message', 'graph', 'text', 'explain', 'picture'],
  bench: ['message', 'formula', 'graph', 'rule', 'rewrite', 'onnx', 'relevance', 'runtime', 'explain'],
  docs: ['message', 'formula', 'graph', 'rule', 'text', 'explain', 'compare', 'verify'],
  cli: [
    'message',
    'formula',
    'graph',
    'rule',
    'rewrite',
    'onnx',
    'relevance',
    'runtime',
    'text',
    'explain',
    'compare',
    'verify',
    'picture',
    'sheet',
  ],
  kirchhoff: [
    'message',
    'formula',
    'graph',
    'rule',
    'rewrite',
    'onnx',
    'relevance',
    'runtime',
    'text',
    'explain',
    'compare',
    'verify',
    'picture',
    'sheet',
    'cli',
  ],
};

/** Where Node's own modules, and libraries that only run there, may be used. Everything else runs in a browser too. */
const nodeOnly = [
  'packages/cli/',
  'packages/bench/',
  'packages/sheet/src/font.ts',
  'packages/sheet/src/draw.ts',
  'packages/docs/',
  'packages/explain/src/files/',
  'packages/compare/src/files/',
  'packages/runtime/src/ort/native.ts',
  'packages/runtime/src/ort/telemetry.ts',
];
const nodeLibraries = ['sharp', 'onnxruntime-node', 'commander'];

const sorted = (names: Iterable<string>): readonly string[] => [...names].toSorted();

const names = packages.map(({ name }) => name);

describe('the root', () => {
  it('builds every package', () => {
    expect(sorted(rootRooms.references)).toEqual(names);
  });

  it('lets its tests import packages that are there, and no others', () => {
    expect(rootRooms.dependencies.filter((room) => !names.includes(room))).toEqual([]);
  });
});

describe('the level table', () => {
  it('has a row for every package', () => {
    expect(names.filter((name) => !Object.hasOwn(levels, name))).toEqual([]);
  });

  it('is the one in docs/architecture.md', () => {
    const [architecture] = filesBelow('docs', 'architecture.md');
    const told = rowsOf(architecture ?? { path: '', text: '' }, 'The rooms').flatMap(([room = '', , below = '']) => {
      const [name = ''] = codeIn(room);
      return Object.hasOwn(levels, name) ? [[name, sorted(codeIn(below))] as const] : [];
    });
    const rows = Object.entries(levels).filter(([name]) => names.includes(name));
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(rows.map(([name, below]) => [name, sorted(below)])));
  });

  it('has no circles', () => {
    const below = (room: string, path: readonly string[]): void => {
      expect(path).not.toContain(room);
      for (const next of levels[room] ?? []) below(next, [...path, room]);
    };
    for (const room of Object.keys(levels)) below(room, []);
  });
});

describe.each(packages.map((one) => [one.name, one] as const))(
  '%s',
  (name, { rooms, libraries, references, sources }) => {
    const imports = sources.flatMap((source) => importsOf(source).map((one) => ({ ...one, path: source.path })));
    const bare = imports.filter(({ specifier }) => !specifier.startsWith('.'));

    it('depends only on rooms below it', () => {
      expect(rooms.filter((room) => !levels[name]?.includes(room))).toEqual([]);
    });

    it('refers in tsconfig.json to the rooms that package.json names', () => {
      expect(sorted(references)).toEqual(sorted(rooms));
    });

    it('imports only what package.json names', () => {
      const declared = new Set([...rooms.map((room) => `@kirchhoff/${room}`), ...libraries]);
      const undeclared = bare.filter(
        ({ specifier }) => !/^(?:node:|#)/.test(specifier) && !declared.has(packageOf(specifier)),
      );
      expect(undeclared.map(({ path, specifier }) => `${path}: ${specifier}`)).toEqual([]);
    });

    it('reaches into no other room by path', () => {
      const outside = imports.filter(({ specifier, path }) => {
        const depth = path.split('/').length - `packages/${name}/src/`.split('/').length;
        return specifier.startsWith('.') && specifier.split('/').filter((step) => step === '..').length > depth;
      });
      expect(outside.map(({ path, specifier }) => `${path}: ${specifier}`)).toEqual([]);
    });

    it('needs Node only where it may', () => {
      const needsNode = bare.filter(
        ({ specifier, typeOnly, path }) =>
          !nodeOnly.some((allowed) => path.startsWith(allowed)) &&
          (specifier.startsWith('node:') ||
            builtinModules.includes(packageOf(specifier)) ||
            (!typeOnly && nodeLibraries.includes(packageOf(specifier)))),
      );
      expect(needsNode.map(({ path, specifier }) => `${path}: ${specifier}`)).toEqual([]);
    });
  },
);

it('picture knows explanations by their types alone', () => {
  const picture = packages.find(({ name }) => name === 'picture');
  const values = (picture?.sources ?? [])
    .flatMap(importsOf)
    .filter(({ specifier, typeOnly }) => specifier === '@kirchhoff/explain' && !typeOnly);
  expect(picture).toBeDefined();
  expect(values).toEqual([]);
});
