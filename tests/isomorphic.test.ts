import { build, type BuildFailure } from 'esbuild';
import { expect, it } from 'vitest';
import { packages, root } from './repository.js';

/** Rooms that need Node as a whole. All others run anywhere, but for what a subpath `/node` of them exports. */
const needNode: readonly string[] = ['cli', 'bench', 'docs', 'kirchhoff'];

/** What keeps a module from a bundle for the browser: imports that no browser has, each with where it stands. */
const unresolved = async (specifiers: readonly string[]): Promise<readonly string[]> => {
  try {
    await build({
      stdin: { contents: specifiers.map((one, i) => `export * as a${i} from '${one}';`).join('\n'), resolveDir: root },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['source'],
      // The engine itself, which chooses by where it runs.
      external: ['onnxruntime-web'],
      logLevel: 'silent',
    });
    return [];
  } catch (thrown) {
    return (thrown as BuildFailure).errors.map(({ text, location }) => `${location?.file}: ${text}`);
  }
};

it('every room runs anywhere, but for those that need Node', async () => {
  const rooms = packages.map(({ name }) => name).filter((name) => !needNode.includes(name));
  expect(await unresolved(rooms.map((room) => `@kirchhoff/${room}`))).toEqual([]);
});

it('what a subpath /node exports does not', async () => {
  expect(await unresolved(['@kirchhoff/explain/node'])).not.toEqual([]);
});
